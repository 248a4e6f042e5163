// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package process_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/reactor"
)

// A thousand children, a hundred of them with terminals, 32 at a time: each ends once, none is left a zombie, and no descriptor stays open.
func TestManyChildren(t *testing.T) {
	total, terminals := 1000, 100
	if testing.Short() {
		total, terminals = 100, 10
	}
	overEach(t, func(t *testing.T, r *reactor.Reactor) {
		first := newRecord(r) // has the reactor open what it opens when it is first needed
		first.spawn(t, process.Config{Path: "true"})
		first.wait(t)
		before := len(open(t))
		_, err := on(t, r, func() *deferred.Deferred[struct{}] {
			all := deferred.New[struct{}](r)
			started, running, ended := 0, 0, 0
			var next func()
			next = func() {
				for running < 32 && started < total {
					cfg := process.Config{Path: "/bin/true"}
					if started < terminals {
						cfg.PTY = &process.PTY{}
					}
					started++
					running++
					process.Spawn(r, cfg, &process.Funcs{Ended: func(_ *process.Transport, reason error) {
						if reason != process.ErrDone {
							t.Errorf("a child ended by %v", reason)
						}
						running--
						if ended++; ended == total {
							all.Callback(struct{}{})
							return
						}
						next()
					}}).AddErrback(func(err error) (*process.Transport, error) {
						t.Error(err)
						all.Errback(err)
						return nil, nil
					})
				}
			}
			next()
			return all
		})
		check(t, err)
		if z := zombies(t); len(z) > 0 {
			t.Errorf("zombies %v", z)
		}
		if after := open(t); len(after) > before {
			t.Errorf("%d descriptors were open, now %v", before, after)
		}
	})
}

// open lists what the descriptors of this process are open on.
func open(t *testing.T) (all []string) {
	names, err := filepath.Glob("/proc/self/fd/*")
	check(t, err)
	for _, name := range names {
		if target, err := os.Readlink(name); err == nil {
			all = append(all, target)
		}
	}
	return all
}

// zombies lists the children of this process that have not been reaped.
func zombies(t *testing.T) (all []string) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	check(t, err)
	for _, name := range stats {
		stat, _ := os.ReadFile(name)
		i := strings.LastIndex(string(stat), ") ")
		if i < 0 {
			continue
		}
		if f := strings.Fields(string(stat[i+2:])); len(f) > 1 && f[0] == "Z" && f[1] == strconv.Itoa(os.Getpid()) {
			all = append(all, string(stat))
		}
	}
	return all
}
