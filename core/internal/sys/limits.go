// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import "time"

const defaultMaxFiles = 10000

// MaxKeepAlive is the longest idle time of TCP keep-alive that all systems take.
const MaxKeepAlive = 32767 * time.Second
