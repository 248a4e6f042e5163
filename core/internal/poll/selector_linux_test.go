// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"maps"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// A selector reports what is registered and ready, no more and no less, with the generation of the registration, whatever came and went before.
func TestSelectors(t *testing.T) {
	for name, open := range map[string]func() (Poller, error){"epoll": newEpoll, "poll": newPoll, "select": newSelect} {
		t.Run(name, func(t *testing.T) {
			p, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			s := p.(*readiness).sel
			const pairs = 20
			ends := make([]int, 0, 2*pairs)
			for range pairs {
				fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer unix.Close(fds[0])
				defer unix.Close(fds[1])
				ends = append(ends, fds[0], fds[1])
			}
			type registered struct{ gen, events uint32 }
			set := map[int]registered{}
			full := make([]bool, len(ends)) // has something to read; all have room to write
			random := rand.New(rand.NewPCG(1, 2))
			gen := uint32(0)
			for range 5000 {
				i := random.IntN(len(ends))
				fd, events := ends[i], random.Uint32()&(evIn|evOut)
				was, in := set[fd]
				switch op := random.IntN(4); {
				case op == 0 && full[i]:
					if _, err := unix.Read(fd, make([]byte, 1)); err != nil {
						t.Fatal(err)
					}
					full[i] = false
				case op == 0:
					if _, err := unix.Write(ends[i^1], []byte("x")); err != nil {
						t.Fatal(err)
					}
					full[i] = true
				case !in:
					gen++
					err = s.add(fd, gen, events)
					set[fd] = registered{gen, events}
				case op == 1:
					s.del(fd)
					delete(set, fd)
				default:
					err = s.mod(fd, was.gen, events)
					set[fd] = registered{was.gen, events}
				}
				if err != nil {
					t.Fatal(err)
				}
				want := map[int]registered{}
				for i, fd := range ends {
					ready := uint32(evOut)
					if full[i] {
						ready |= evIn
					}
					if r, ok := set[fd]; ok && r.events&ready != 0 {
						want[fd] = registered{r.gen, r.events & ready}
					}
				}
				n, err := s.wait(0)
				if err != nil {
					t.Fatal(err)
				}
				got := map[int]registered{}
				for i := range n {
					fd, gen, events := s.event(i)
					got[fd] = registered{gen, events}
				}
				if !maps.Equal(got, want) || n != len(want) {
					t.Fatalf("got %v\nwant %v", got, want)
				}
			}
		})
	}
}

// A registration that is gone cannot be changed.
func TestSelectorsRefuse(t *testing.T) {
	for name, open := range map[string]func() (Poller, error){"epoll": newEpoll, "poll": newPoll, "select": newSelect} {
		p, err := open()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		var fds [2]int
		if err := unix.Pipe(fds[:]); err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fds[0])
		defer unix.Close(fds[1])
		s := p.(*readiness).sel
		if s.mod(fds[0], 1, evIn) == nil {
			t.Errorf("%s: changed before it was added", name)
		}
		if err := s.add(fds[0], 1, evIn); err != nil {
			t.Error(err)
		}
		s.del(fds[0])
		s.del(fds[0])
		if s.mod(fds[0], 1, evIn) == nil {
			t.Errorf("%s: changed after it was removed", name)
		}
	}
}
