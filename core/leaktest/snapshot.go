// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A Snapshot is what exists at one time: the goroutines and the file descriptors of this process.
type Snapshot struct {
	// Tests is how many other tests run, on goroutines of their own; those that wait, for their subtests or for their turn, do not.
	Tests int

	goroutines  map[string]string // the stack of each, by its number
	descriptors map[string]string // what each is open on, by its number
}

// Take returns a Snapshot of now. The goroutine of the caller is not in it, and neither are those of the runtime and of package testing.
func Take() Snapshot {
	all, tests := goroutines()
	return Snapshot{tests, all, descriptors()}
}

// Leaks takes snapshots until there is nothing in one that is not in s, or grace is over, and returns what is new then: the goroutines first, each kind in the order of its
// numbers. wanted, if it is not nil, tells what of that counts.
func (s Snapshot) Leaks(grace time.Duration, wanted func(Leak) bool) []Leak {
	var ticker *time.Ticker
	for deadline := time.Now().Add(grace); ; <-ticker.C {
		leaks := Take().since(s)
		if wanted != nil {
			leaks = slices.DeleteFunc(leaks, func(l Leak) bool { return !wanted(l) })
		}
		if len(leaks) == 0 || !time.Now().Before(deadline) {
			return leaks
		}
		if ticker == nil {
			ticker = time.NewTicker(tick)
			defer ticker.Stop()
		}
	}
}

// since returns what is in s and not in before.
func (s Snapshot) since(before Snapshot) []Leak {
	var leaks []Leak
	for id, stack := range s.goroutines {
		if _, known := before.goroutines[id]; !known {
			leaks = append(leaks, Leak{Kind: Goroutine, ID: number(id), What: stack})
		}
	}
	for fd, target := range s.descriptors {
		if was, known := before.descriptors[fd]; !known || was != target {
			leaks = append(leaks, Leak{Kind: Descriptor, ID: number(fd), What: target})
		}
	}
	slices.SortFunc(leaks, func(a, b Leak) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return leaks
}

// A Kind is what a Leak is.
type Kind uint8

// The kinds of leaks.
const (
	Goroutine Kind = iota
	Descriptor
)

// A Leak is something that was left behind.
type Leak struct {
	Kind Kind
	ID   uint64 // the number of the goroutine or of the descriptor
	What string // the stack of the goroutine, as runtime.Stack shows it; or what the descriptor is open on
}

// String returns the stack, or a sentence about the descriptor.
func (l Leak) String() string {
	if l.Kind == Descriptor {
		return fmt.Sprintf("file descriptor %d, open on %s", l.ID, l.What)
	}
	return l.What
}

func number(text string) uint64 {
	n, _ := strconv.ParseUint(text, 10, 64)
	return n
}
