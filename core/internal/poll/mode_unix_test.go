// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
)

func permissions(t testing.TB, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestUnixMode(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	l, err := net.Listen("unix", plain)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asMade := permissions(t, plain)
	each(t, func(r *rig) {
		for _, tt := range []struct{ mode, want fs.FileMode }{{0, asMade}, {0o600, 0o600}, {0o666, 0o666}, {0o777, 0o777}} {
			dir := tempdir.Short(r)
			r.listen(poll.ListenConfig{Network: "unix", Address: dir + "/stream", Mode: tt.mode})
			r.packet(poll.PacketConfig{Network: "unixgram", Address: dir + "/datagram", Mode: tt.mode})
			for _, name := range []string{"/stream", "/datagram"} {
				if got := permissions(r, dir+name); got != tt.want {
					r.Errorf("%s with mode %o: the file has %o, want %o", name, tt.mode, got, tt.want)
				}
			}
		}
		for _, path := range unixPaths(r, tempdir.Short(r)+"/s")[1:] { // without a file
			r.listen(poll.ListenConfig{Network: "unix", Address: path, Mode: 0o600})
			r.packet(poll.PacketConfig{Network: "unixgram", Address: path + "-datagram", Mode: 0o600})
		}
	})
}

// Whoever gets through finds the mode set.
func TestUnixModeComesBeforeListening(t *testing.T) {
	each(t, func(r *rig) {
		dir := tempdir.Short(r)
		for i := range 50 {
			path := filepath.Join(dir, string(rune('A'+i)))
			started, seen := make(chan struct{}), make(chan fs.FileMode)
			go func() { // ends when it has connected
				close(started)
				for {
					c, err := net.Dial("unix", path)
					if err != nil {
						runtime.Gosched()
						continue
					}
					info, err := os.Lstat(path)
					c.Close()
					if err != nil {
						r.Error(err)
						seen <- 0
						return
					}
					seen <- info.Mode().Perm()
					return
				}
			}()
			<-started
			a := &port{}
			l, err := r.p.Listen(&poll.ListenConfig{Network: "unix", Address: path, Backlog: 5, Mode: 0o611}, a)
			r.must(err)
			if got := <-seen; got != 0o611 {
				r.Errorf("a client got through while the mode was %o", got)
			}
			r.until("connection", func() bool { return len(a.accepted) == 1 })
			poll.CloseSocket(a.accepted[0])
			r.must(l.Close())
		}
	})
}

func TestBindMode(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "s")
	open := func() int {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	fd := open()
	err := poll.BindMode(fd, path, 0o600, func() error {
		err := unix.Bind(fd, &unix.SockaddrUnix{Name: path})
		if got := permissions(t, path); runtime.GOOS == "linux" && got&^0o600 != 0 {
			t.Errorf("the file was made with mode %o", got)
		}
		return err
	})
	if err != nil || permissions(t, path) != 0o600 {
		t.Errorf("%v, mode %o", err, permissions(t, path))
	}
	if err := poll.BindMode(open(), path, 0o666, func() error { return syscall.EADDRINUSE }); err != syscall.EADDRINUSE {
		t.Errorf("got %v", err)
	}
	if got := permissions(t, path); got != 0o600 {
		t.Errorf("somebody else's file now has mode %o", got)
	}
	if err := poll.BindMode(open(), path+"2", 0o600, func() error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a mode that cannot be set: %v", err)
	}
}

// A port that cannot open leaves the file that is in its way alone.
func TestUnixListenFails(t *testing.T) {
	each(t, func(r *rig) {
		path := tempdir.Short(r) + "/s"
		r.must(os.WriteFile(path, nil, 0o600))
		if _, err := r.p.Listen(&poll.ListenConfig{Network: "unix", Address: path, Backlog: 5, Mode: 0o666}, &port{}); !errors.Is(err, syscall.EADDRINUSE) {
			r.Errorf("got %v, want EADDRINUSE", err)
		}
		if got := permissions(r, path); got != 0o600 {
			r.Errorf("mode %o", got)
		}
	})
}
