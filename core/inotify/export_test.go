// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"github.com/torsion-go/torsion/core/reactor"
)

const HeaderSize, MaxName = headerSize, maxName

var ErrMalformed = errMalformed

// Decode is decode with the fields apart.
func Decode(p []byte) (wd int32, mask Mask, cookie uint32, name, rest []byte, err error) {
	r, rest, err := decode(p)
	return r.wd, r.mask, r.cookie, r.name, rest, err
}

// Idle reports whether nothing is left for later passes.
func (n *Notifier) Idle() bool { return len(n.unscanned)+len(n.reported)+len(n.doubtful) == 0 }

// Targets returns how many files the kernel watches.
func (n *Notifier) Targets() int { return len(n.targets) }

// ExplainOpen exports explainOpen.
var ExplainOpen = explainOpen

// A Faulty is the kernel with faults.
type Faulty struct {
	kernel
	Add   func(path string) error // nil is no fault
	Bytes []byte                  // what read returns once, if not nil
	Fail  error                   // what read fails with, if not nil
}

func (f *Faulty) add(path string, mask Mask) (int32, error) {
	if f.Add != nil {
		if err := f.Add(path); err != nil {
			return 0, err
		}
	}
	return f.kernel.add(path, mask)
}

func (f *Faulty) read(p []byte) (int, error) {
	switch {
	case f.Fail != nil:
		return 0, f.Fail
	case f.Bytes != nil:
		n := copy(p, f.Bytes)
		f.Bytes = nil
		return n, nil
	}
	return f.kernel.read(p)
}

// NewFaulty is New over f.
func NewFaulty(loop *reactor.Loop, f *Faulty) (*Notifier, error) {
	k, err := open()
	if err != nil {
		return nil, err
	}
	f.kernel = k
	return newOver(loop, f)
}
