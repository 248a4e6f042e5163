// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

// ParseDate is for the tests.
var ParseDate = parseDate
