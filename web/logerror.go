// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

// LogError logs, with the site's logger, that the resource failed, and what is known of the connection. At most ten lines a second are written for a site. Loop only.
func (r *Request) LogError(msg string, args ...any) { r.complain(msg, args...) }
