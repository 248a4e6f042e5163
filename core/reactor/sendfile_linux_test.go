// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// cached reports whether any page of the file's n bytes at offset is in memory.
func cached(t *testing.T, f *os.File, offset, n int) bool {
	t.Helper()
	page := os.Getpagesize()
	n += offset % page
	m, err := unix.Mmap(int(f.Fd()), int64(offset/page*page), n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(m)
	in := make([]byte, (n+page-1)/page)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&m[0])), uintptr(n), uintptr(unsafe.Pointer(&in[0]))); errno != 0 {
		t.Fatal(errno)
	}
	return slices.ContainsFunc(in, func(b byte) bool { return b&1 != 0 })
}

// onDisk returns an open file that is on the disk and not in memory.
func onDisk(t *testing.T, contents []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, contents, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	for range 100 { // pages that are on their way between lists of the system's are not dropped
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			t.Fatal(err)
		}
		if !cached(t, f, 0, len(contents)) {
			return f
		}
	}
	t.Skip("the system does not drop pages when it is asked to")
	return nil
}

// A fileServer answers each byte with a head, the file, and a tail; e with itself.
type fileServer struct {
	protocol.Base
	f    *os.File
	size int64
}

func (s *fileServer) DataReceived(t protocol.Transport, p []byte) {
	if string(p) == "e" {
		t.Write(p)
		return
	}
	t.Write([]byte("head"))
	if err := t.(protocol.FileSender).SendFile(s.f, 0, s.size, nil); err != nil {
		t.AbortConnection()
	}
	t.Write([]byte("tail"))
}

// What is not in memory is read by a thread, while the loop serves others. What is in front of it does not wait.
func TestSendFileFromDisk(t *testing.T) {
	for _, poller := range []string{"epoll", "io_uring"} {
		t.Run(poller, func(t *testing.T) {
			contents := bytes.Repeat([]byte("0123456789abcde\n"), 200_000)
			f := onDisk(t, contents)
			r, err := reactor.New(reactor.Config{Poller: poller, Logger: quietLog, ThreadPool: 1})
			if err != nil {
				t.Skip(err)
			}
			ended := make(chan error, 1)
			port, err := r.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return &fileServer{f: f, size: int64(len(contents))} }), reactor.ListenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			go func() { ended <- r.Run(t.Context()) }()
			defer func() {
				r.CallFromThread(func() { r.Stop() })
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}()
			open := make(chan struct{})
			r.CallInThread(func() { <-open }) // the only thread is busy
			dial := func() net.Conn {
				c, err := net.Dial("tcp", port.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			c, other := dial(), dial()
			defer c.Close()
			defer other.Close()
			head := make([]byte, 4)
			io.WriteString(c, "f")
			if _, err := io.ReadFull(c, head); err != nil || string(head) != "head" {
				t.Fatalf("%q, %v", head, err)
			}
			io.WriteString(other, "e")
			if _, err := io.ReadFull(other, head[:1]); err != nil || head[0] != 'e' {
				t.Fatalf("the loop does not serve others: %q, %v", head[:1], err)
			}
			if cached(t, f, len(contents)-1, 1) {
				t.Error("the file was read without the thread")
			}
			close(open)
			got := make([]byte, len(contents)+4)
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, append(contents[:len(contents):len(contents)], "tail"...)) {
				t.Errorf("the rest differs, %v", err)
			}
		})
	}
}
