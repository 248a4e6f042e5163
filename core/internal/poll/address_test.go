// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import "testing"

func FuzzParse(f *testing.F) {
	for _, s := range []string{"127.0.0.1:80", "[::1]:0", ":65535", "[fe80::1%lo]:1", "[::ffff:1.2.3.4]:5", "localhost:1", "", ":", "\x00x", "[::1", "1.2.3.4:-1"} {
		f.Add("tcp", s)
		f.Add("tcp4", s)
		f.Add("tcp6", s)
		f.Add("unix", s)
	}
	f.Fuzz(func(t *testing.T, network, address string) {
		got, err := parse(network, address, "tcp", "unix")
		if err != nil {
			return
		}
		if got.unix {
			if got.path != address {
				t.Errorf("path %q became %q", address, got.path)
			}
			return
		}
		ip := got.ap.Addr()
		if ip.Is4In6() || got.v4 && ip.Is6() || got.v6 && ip.Is4() {
			t.Errorf("%q %q became %v", network, address, got.ap)
		}
		if ip.IsValid() { // what was understood is understood again
			again, err := parse(network, got.ap.String(), "tcp", "unix")
			if err != nil || again != got {
				t.Errorf("%q: %v, then %v, %v", address, got, again, err)
			}
		}
	})
}
