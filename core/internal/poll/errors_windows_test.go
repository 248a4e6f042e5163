// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/torsion-go/torsion/core/protocol"
)

func TestCommon(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want []error
	}{
		{os.NewSyscallError("connect", windows.WSAECONNREFUSED), []error{windows.WSAECONNREFUSED, syscall.ECONNREFUSED}},
		{windows.WSAECONNRESET, []error{windows.WSAECONNRESET, syscall.ECONNRESET}},
		{os.NewSyscallError("socket", windows.WSAEAFNOSUPPORT), []error{windows.WSAEAFNOSUPPORT, syscall.EAFNOSUPPORT, errors.ErrUnsupported}},
		{io.EOF, []error{io.EOF}},
	} {
		for _, want := range tt.want {
			if got := common(tt.err); !errors.Is(got, want) {
				t.Errorf("%v does not match %v", got, want)
			}
		}
	}
	if common(nil) != nil {
		t.Error("an error of nothing")
	}
}

// told notes the errors of a datagram socket.
type told struct{ errs []error }

func (*told) PacketReceived([]byte, protocol.Addr) {}
func (h *told) PacketFailed(err error)             { h.errs = append(h.errs, err) }

// Windows calls it a reset that a datagram met a closed port, wine a refusal: with a peer both are one.
func TestPortableRefused(t *testing.T) {
	for _, n := range []syscall.Errno{windows.WSAECONNRESET, windows.WSAECONNREFUSED} {
		for _, connected := range []bool{true, false} {
			var h told
			s := &portablePacket{p: &portable{}, h: &h, connected: connected, err: &net.OpError{Op: "read", Net: "udp", Err: os.NewSyscallError("wsarecvfrom", n)}}
			s.deliver()
			if len(h.errs) > 0 != connected || connected && (!errors.Is(h.errs[0], syscall.ECONNREFUSED) || !errors.Is(h.errs[0], n)) {
				t.Errorf("%d, with a peer %v: got %v", n, connected, h.errs)
			}
		}
	}
}
