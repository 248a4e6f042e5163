// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

func TestListenAddresses(t *testing.T) {
	for _, tt := range []struct {
		network, address string
		v6Only           bool
		dial4, dial6     bool
	}{
		{"tcp", "127.0.0.1:0", false, true, false},
		{"tcp", "0.0.0.0:0", false, true, false},
		{"tcp4", ":0", false, true, false},
		{"tcp", "[::1]:0", false, false, true},
		{"tcp", ":0", false, true, true},
		{"tcp", ":0", true, false, true},
		{"tcp6", ":0", true, false, true},
		{"tcp", "[::]:0", true, false, true},
	} {
		t.Run(fmt.Sprintf("%s %s %v", tt.network, tt.address, tt.v6Only), func(t *testing.T) {
			six := ipv6()
			if !six && !tt.dial4 {
				t.Skip("there is no IPv6")
			}
			each(t, func(r *rig) {
				a := r.listen(poll.ListenConfig{Network: tt.network, Address: tt.address, V6Only: tt.v6Only})
				port := a.l.Addr().Port()
				if port == 0 {
					r.Fatal("no port was chosen")
				}
				for _, try := range []struct {
					host string
					want bool
				}{{"127.0.0.1", tt.dial4}, {"[::1]", tt.dial6}} {
					if try.host == "[::1]" && !six {
						continue
					}
					d := r.dial(poll.DialConfig{Network: "tcp", Address: fmt.Sprintf("%s:%d", try.host, port)})
					before := len(a.accepted)
					r.until("outcome", func() bool { return d.done && (d.err != nil || len(a.accepted) > before) })
					if (d.err == nil) != try.want {
						r.Errorf("dial %s: %v", try.host, d.err)
					}
					if d.err == nil {
						s := a.accepted[len(a.accepted)-1]
						if s.Local != d.s.Remote || s.Remote != d.s.Local {
							r.Errorf("accepted %v from %v, dialed %v to %v", s.Local, s.Remote, d.s.Local, d.s.Remote)
						}
						poll.CloseSocket(s)
						poll.CloseSocket(d.s)
					}
				}
			})
		})
	}
}

func TestListenFails(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		path := filepath.Join(tempdir.Short(r), "s")
		r.must(os.WriteFile(path, nil, 0o600))
		for _, tt := range []struct {
			network, address string
			want             error
		}{
			{"tcp", a.l.Addr().String(), syscall.EADDRINUSE},
			{"unix", path, syscall.EADDRINUSE},
			{"unix", "/" + strings.Repeat("x", 200), syscall.EINVAL},
			{"tcp", "192.0.2.1:0", syscall.EADDRNOTAVAIL},
			{"tcp", "localhost:0", nil},
			{"tcp", "127.0.0.1:http", nil},
			{"tcp", "127.0.0.1:65536", nil},
			{"tcp", "127.0.0.1", nil},
			{"tcp6", "127.0.0.1:0", nil},
			{"tcp4", "[::1]:0", nil},
			{"sctp", "127.0.0.1:0", nil},
		} {
			l, err := r.p.Listen(&poll.ListenConfig{Network: tt.network, Address: tt.address, Backlog: 1}, a)
			if err == nil {
				l.Close()
			}
			if tt.network == "unix" && runtime.GOOS == "windows" {
				tt.want = nil // one of several, as the version has it
			}
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				r.Errorf("%s %.30s: got %v, want %v", tt.network, tt.address, err, tt.want)
			}
		}
	})
}

// The port of a listener can be had again at once, with connections of the last one about, and by two listeners that agree to share.
func TestListenAgain(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
		r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
		poll.CloseSocket(a.accepted[0]) // first, so that this end waits
		poll.CloseSocket(d.s)
		r.must(a.l.Close())
		r.listen(poll.ListenConfig{Network: "tcp", Address: a.l.Addr().String()})

		if sys.Wine() {
			r.Skip("wine takes SO_REUSEADDR for Linux's, which lets no two listen")
		}
		b := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0", ReusePort: true})
		r.listen(poll.ListenConfig{Network: "tcp", Address: b.l.Addr().String(), ReusePort: true})
	})
}

func TestListenerPause(t *testing.T) {
	eachNetwork(t, func(r *rig, network string) {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = tempdir.Short(r) + "/s"
		}
		a := r.listen(poll.ListenConfig{Network: network, Address: address})
		a.l.Pause()
		var dials []*dialer
		for range 5 {
			dials = append(dials, r.dial(poll.DialConfig{Network: network, Address: dialable(a.l.Addr())}))
		}
		for _, d := range dials {
			r.until("connection in the backlog", func() bool { return d.done })
			r.must(d.err)
			defer poll.CloseSocket(d.s)
		}
		quiet(r)
		if len(a.accepted) > 0 {
			r.Fatal("accepted while paused")
		}
		a.onAccept = func(s poll.Socket) {
			defer poll.CloseSocket(s)
			a.l.Pause()
		}
		for i := range 5 {
			a.l.Resume()
			r.until("accepted connection", func() bool { return len(a.accepted) == i+1 })
			for range 3 {
				_, err := r.p.Poll(0)
				r.must(err)
			}
			if len(a.accepted) != i+1 {
				r.Fatal("accepted after Pause")
			}
		}
	})
}

func TestListenerCloseInUpcall(t *testing.T) {
	each(t, func(r *rig) {
		r.keepsErrors()
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		a.l.Pause()
		for range 5 {
			d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
			r.until("connection in the backlog", func() bool { return d.done })
			defer poll.CloseSocket(d.s)
		}
		a.onAccept = func(s poll.Socket) {
			poll.CloseSocket(s)
			r.must(a.l.Close())
		}
		a.l.Resume()
		r.until("accepted connection", func() bool { return len(a.accepted) == 1 })
		quiet(r)
		if len(a.accepted) != 1 {
			r.Error("accepted after Close")
		}
		if err := a.l.Close(); !errors.Is(err, net.ErrClosed) {
			r.Error(err)
		}
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
		r.until("outcome", func() bool { return d.done })
		if !errors.Is(d.err, syscall.ECONNREFUSED) {
			r.Errorf("dial of a closed listener: %v", d.err)
		}
	})
}

// More connections than one burst takes are all accepted.
func TestAcceptMany(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0", Backlog: 500})
		a.onAccept = func(s poll.Socket) { poll.CloseSocket(s) }
		const n = 300
		done := 0
		var dials []*dialer
		for range n {
			d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String()})
			d.hook = func() { done++ }
			dials = append(dials, d)
		}
		r.until("connections", func() bool { return done == n && len(a.accepted) == n })
		for _, d := range dials {
			r.must(d.err)
			poll.CloseSocket(d.s)
		}
	})
}

func TestDialFails(t *testing.T) {
	each(t, func(r *rig) {
		r.keepsErrors()
		free := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		closed := free.l.Addr().String()
		free.l.Close()
		busy := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		dir := tempdir.Short(r)
		r.must(os.WriteFile(dir+"/file", nil, 0o600))
		for _, tt := range []struct {
			name, network, address, local string
			want                          error
		}{
			{"refused", "tcp", closed, "", syscall.ECONNREFUSED},
			{"no such path", "unix", dir + "/none", "", syscall.ENOENT},
			{"not a socket", "unix", dir + "/file", "", syscall.ECONNREFUSED},
			{"local address of nobody", "tcp", busy.l.Addr().String(), "192.0.2.1:0", protocol.ErrConnectBind},
			{"local port in use", "tcp", "127.0.0.1:1", busy.l.Addr().String(), protocol.ErrConnectBind},
			{"local name", "tcp", busy.l.Addr().String(), "localhost:0", protocol.ErrConnectBind},
			{"name", "tcp", "localhost:1", "", nil},
			{"service", "tcp", "127.0.0.1:http", "", nil},
			{"network", "carrier", "127.0.0.1:1", "", nil},
		} {
			d := &dialer{}
			_, err := r.p.Dial(&poll.DialConfig{Network: tt.network, Address: tt.address, Local: tt.local}, d)
			if err == nil {
				r.until("outcome of "+tt.name, func() bool { return d.done })
				err = d.err
			}
			if tt.network == "unix" && runtime.GOOS == "windows" {
				tt.want = nil // one of several, as the version has it
			}
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				r.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			}
		}
	})
}

func TestDialLocal(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		if runtime.GOOS == "darwin" {
			r.Skip("one loopback address only")
		}
		d := r.dial(poll.DialConfig{Network: "tcp", Address: a.l.Addr().String(), Local: "127.0.0.2:0"})
		r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
		r.must(d.err)
		if got := a.accepted[0].Remote.AddrPort().Addr(); got != netip.MustParseAddr("127.0.0.2") {
			r.Errorf("came from %v", got)
		}
		poll.CloseSocket(d.s)
		poll.CloseSocket(a.accepted[0])
	})
}

// An attempt that is given up has no outcome, whether it was to fail, to succeed or to hang.
func TestDialClose(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "tcp", Address: "127.0.0.1:0"})
		a.onAccept = func(s poll.Socket) { poll.CloseSocket(s) }
		for _, tt := range []struct{ network, address string }{
			{"tcp", a.l.Addr().String()}, {"tcp", "127.0.0.1:1"}, {"unix", "/nonexistent/s"},
		} {
			if tt.network == "unix" && sys.Wine() {
				continue // it has none
			}
			d := r.dial(poll.DialConfig{Network: tt.network, Address: tt.address})
			d.a.Close()
			d.a.Close()
			for range 5 {
				_, err := r.p.Poll(time.Millisecond)
				r.must(err)
			}
			if d.done {
				r.Errorf("%s: an outcome after Close: %v", tt.address, d.err)
			}
		}
	})
}

// A UNIX listener whose queue is full makes the dialer wait, not fail.
func TestDialFullQueue(t *testing.T) {
	each(t, func(r *rig) {
		a := r.listen(poll.ListenConfig{Network: "unix", Address: tempdir.Short(r) + "/s", Backlog: 1})
		a.l.Pause()
		a.onAccept = func(s poll.Socket) { poll.CloseSocket(s) }
		var dials []*dialer
		for range 10 {
			dials = append(dials, r.dial(poll.DialConfig{Network: "unix", Address: a.l.Addr().Name()}))
		}
		for range 5 {
			_, err := r.p.Poll(time.Millisecond)
			r.must(err)
		}
		waiting := 0
		for _, d := range dials {
			if !d.done {
				waiting++
			}
		}
		if waiting == 0 {
			r.Error("the queue was never full")
		}
		a.l.Resume()
		for _, d := range dials {
			r.until("connection", func() bool { return d.done })
			r.must(d.err)
			poll.CloseSocket(d.s)
		}
	})
}

// unixPaths returns path and, where there is an abstract namespace, a name in it.
func unixPaths(r *rig, path string) []string {
	if runtime.GOOS != "linux" {
		return []string{path}
	}
	return []string{path, fmt.Sprintf("\x00torsion-%d-%s", os.Getpid(), r.p.Name())}
}

func TestUnixAddresses(t *testing.T) {
	each(t, func(r *rig) {
		dir := tempdir.Short(r)
		for _, path := range unixPaths(r, dir+"/s") {
			a := r.listen(poll.ListenConfig{Network: "unix", Address: path})
			if got := a.l.Addr(); got != protocol.UNIXAddr(path) {
				r.Errorf("listening on %q, want %q", got.Name(), path)
			}
			d := r.dial(poll.DialConfig{Network: "unix", Address: path})
			r.until("connection", func() bool { return d.done && len(a.accepted) == 1 })
			r.must(d.err)
			s := a.accepted[0]
			if none := protocol.UNIXAddr(""); s.Local != protocol.UNIXAddr(path) || s.Remote != none || d.s.Local != none || d.s.Remote != s.Local {
				r.Errorf("accepted %+v, dialed %+v", s, d.s)
			}
			poll.CloseSocket(s)
			poll.CloseSocket(d.s)
			r.must(a.l.Close())
		}
		if _, err := os.Lstat(dir + "/s"); err != nil {
			r.Errorf("Close removed the path, which is the caller's business: %v", err)
		}
	})
}
