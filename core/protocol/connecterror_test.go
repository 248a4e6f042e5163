// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

var connectTargets = map[string]error{
	"connect":   protocol.ErrConnect,
	"bind":      protocol.ErrConnectBind,
	"unknown":   protocol.ErrUnknownHost,
	"dns":       protocol.ErrDNSLookup,
	"route":     protocol.ErrNoRoute,
	"refused":   protocol.ErrConnectionRefused,
	"tcp":       protocol.ErrTCPTimedOut,
	"timeout":   protocol.ErrTimeout,
	"user":      protocol.ErrUser,
	"cancelled": protocol.ErrConnectingCanceled,
	"file":      protocol.ErrBadFile,
	"service":   protocol.ErrUnknownService,
	"none":      protocol.ErrNoProtocol,
	"tls":       protocol.ErrTLS,
	"REFUSED":   syscall.ECONNREFUSED,
	"deadline":  os.ErrDeadlineExceeded,
	"context":   context.DeadlineExceeded,
	"canceled":  context.Canceled,
}

func checkConnectError(t *testing.T, err error, matches string) {
	t.Helper()
	for name, target := range connectTargets {
		if got := errors.Is(err, target); got != strings.Contains(" "+matches+" ", " "+name+" ") {
			t.Errorf("%v: errors.Is %s is %v", err, name, got)
		}
	}
}

func TestConnectErrorClasses(t *testing.T) {
	for _, tt := range []struct {
		class   error
		matches string
	}{
		{protocol.ErrConnect, "connect"},
		{protocol.ErrConnectBind, "connect bind"},
		{protocol.ErrUnknownHost, "connect unknown"},
		{protocol.ErrDNSLookup, "connect unknown dns"},
		{protocol.ErrNoRoute, "connect route"},
		{protocol.ErrConnectionRefused, "connect refused REFUSED"},
		{protocol.ErrTCPTimedOut, "connect tcp"},
		{protocol.ErrTimeout, "connect timeout user deadline context"},
		{protocol.ErrUser, "connect user"},
		{protocol.ErrConnectingCanceled, "connect cancelled user canceled"},
		{protocol.ErrBadFile, "connect file"},
		{protocol.ErrUnknownService, "connect service"},
		{protocol.ErrNoProtocol, "connect none"},
		{protocol.ErrTLS, "connect tls"},
	} {
		checkConnectError(t, fmt.Errorf("wrapped: %w", &protocol.ConnectError{Class: tt.class, Addr: "x"}), tt.matches)
	}
}

func TestNewConnectError(t *testing.T) {
	for _, tt := range []struct {
		cause   error
		matches string
	}{
		{syscall.ECONNREFUSED, "connect refused REFUSED"},
		{os.NewSyscallError("connect", syscall.ENETUNREACH), "connect route"},
		{&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, "connect route"},
		{syscall.ETIMEDOUT, "connect tcp"},
		{os.ErrDeadlineExceeded, "connect timeout user deadline context"},
		{context.DeadlineExceeded, "connect timeout user deadline context"},
		{context.Canceled, "connect cancelled user canceled"},
		{errors.New("odd"), "connect"},
	} {
		err := protocol.NewConnectError("192.0.2.1:80", tt.cause)
		checkConnectError(t, err, tt.matches)
		if !errors.Is(err, tt.cause) || !strings.HasPrefix(err.Error(), "connect 192.0.2.1:80: ") {
			t.Errorf("%q does not tell of %v", err, tt.cause)
		}
		if timeout := err.Class == protocol.ErrTimeout || err.Class == protocol.ErrTCPTimedOut; err.Timeout() != timeout || err.Temporary() {
			t.Errorf("%v: Timeout %v, Temporary %v", err, err.Timeout(), err.Temporary())
		}
		if again := protocol.NewConnectError("other", err); again != err {
			t.Errorf("a ConnectError was wrapped: %v", again)
		}
	}
}

// The errors of real attempts over loopback.
func TestNewConnectErrorOfTheSystem(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		_, err = net.Dial("tcp", addr)
		if err == nil {
			t.Skip("somebody else listens there now")
		}
		checkConnectError(t, protocol.NewConnectError(addr, err), "connect refused REFUSED")
	})
	t.Run("no such UNIX socket", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("Windows has several numbers for it, of which none is that of a missing file")
		}
		name := filepath.Join(tempdir.Short(t), "none")
		_, err := net.Dial("unix", name)
		got := protocol.NewConnectError(name, err)
		checkConnectError(t, got, "connect")
		if !errors.Is(got, fs.ErrNotExist) {
			t.Errorf("%v does not match fs.ErrNotExist", got)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:1")
		checkConnectError(t, protocol.NewConnectError("127.0.0.1:1", err), "connect cancelled user canceled")
	})
	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
		defer cancel()
		<-ctx.Done()
		checkConnectError(t, protocol.NewConnectError("127.0.0.1:1", ctx.Err()), "connect timeout user deadline context")
	})
}

func TestOtherErrors(t *testing.T) {
	cause := errors.New("cause")
	for _, tt := range []struct {
		err  error
		text string
		is   error
	}{
		{&protocol.ConnectError{Class: protocol.ErrTLS, Addr: "a:1"}, "connect a:1: TLS failed", protocol.ErrTLS},
		{&protocol.ConnectError{Class: protocol.ErrTLS, Addr: "a:1", Err: cause}, "connect a:1: TLS failed: cause", cause},
		{&protocol.CannotListenError{Addr: "a:1", Err: cause}, "listen a:1: cause", cause},
		{&protocol.MessageLengthError{Size: 70000, Err: cause}, "datagram of 70000 bytes is too long: cause", cause},
		{&protocol.MulticastJoinError{Group: "224.0.0.1", Err: cause}, "multicast group 224.0.0.1: cause", cause},
		{&protocol.InvalidAddressError{Addr: "x", Reason: "not a literal"}, "invalid address \"x\": not a literal", nil},
	} {
		if tt.err.Error() != tt.text || tt.is != nil && !errors.Is(tt.err, tt.is) {
			t.Errorf("%T: %q, want %q; errors.Is %v", tt.err, tt.err, tt.text, errors.Is(tt.err, tt.is))
		}
	}
}
