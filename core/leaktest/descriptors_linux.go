// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest

import (
	"os"
	"strings"
	"sync"
)

// startPoller has the Go runtime open the descriptors of its own poller, which it does when it first needs them and then keeps.
var startPoller = sync.OnceFunc(func() {
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
})

// descriptors returns what each descriptor of this process is open on.
func descriptors() map[string]string {
	startPoller()
	const dir = "/proc/self/fd"
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	all := make(map[string]string, len(names))
	for _, name := range names {
		target, err := os.Readlink(dir + "/" + name)
		if err != nil || strings.HasSuffix(target, dir[len("/proc/self"):]) && strings.HasPrefix(target, "/proc/") {
			continue // closed meanwhile, or f itself
		}
		all[name] = target
	}
	return all
}
