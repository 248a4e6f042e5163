// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"encoding/json"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/marker"
	"github.com/torsion-go/torsion/trial/result"
)

// warn tells of something that does not fail the test, once.
func (c *Case) warn(file string, line int, category, text string) {
	c.TB.Helper()
	w := result.Warning{File: file, Line: line, Category: category, Text: strings.TrimSpace(text)}
	c.mu.Lock()
	known := c.warned[w]
	if c.warned == nil {
		c.warned = map[result.Warning]bool{}
	}
	c.warned[w] = true
	c.mu.Unlock()
	if known {
		return
	}
	if !set(marker.Active) { // else the runner shows it
		c.TB.Log(w.String())
	}
	if value, err := json.Marshal(w); err == nil { // strings and a number: it is always one line
		c.TB.Attr(marker.Warning, string(value))
	}
}
