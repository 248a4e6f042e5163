// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "strings"

// A Priority is how soon a response is wanted (RFC 9218 section 4).
type Priority struct {
	Urgency     uint8 // 0, the most urgent, to 7; 3 without a word of the client
	Incremental bool  // parts of it are of use: it may share with others of its urgency
}

// DefaultPriority is that of a request that says nothing.
var DefaultPriority = Priority{Urgency: 3}

// ParsePriority reads the value of a Priority field: a dictionary of structured fields of which u and i count. What is not understood is as if it were not there.
func ParsePriority(s string) Priority {
	p := DefaultPriority
	for s != "" {
		var member string
		member, s, _ = strings.Cut(s, ",")
		member, _, _ = strings.Cut(strings.Trim(member, " \t"), ";")
		switch key, value, has := strings.Cut(member, "="); {
		case key == "u" && len(value) == 1 && '0' <= value[0] && value[0] <= '7':
			p.Urgency = value[0] - '0'
		case key == "i" && (!has || value == "?1"):
			p.Incremental = true
		case key == "i" && value == "?0":
			p.Incremental = false
		}
	}
	return p
}
