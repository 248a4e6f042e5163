// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"strings"
	"testing"
)

// Whatever comes, the last element that is well-formed behind a well-formed list is understood as it would be alone: what a client puts in front of a proxy's element
// cannot change it.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"for=1.2.3.4", `for="[::1]:2";proto=https`, `for="a\"b"`, `"`, `for="`, ",;,", "for", "for=", "for=a b", "=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, front string) {
		var h Header
		h.Set("Forwarded", front+", for=192.0.2.7;proto=http")
		if h.Err() != nil {
			return
		}
		hops, ok := forwarded(&h)
		if !ok {
			return
		}
		if len(hops) == 0 || hops[0].from != "192.0.2.7" || hops[0].proto != "http" || hops[0].host != "" {
			t.Errorf("%q: %+v", front, hops)
		}
		for _, hop := range hops {
			if a := hopAddr(hop.from); a.IsValid() && strings.Contains(hop.from, "_") {
				t.Errorf("%q is an address: %v", hop.from, a)
			}
		}
	})
}
