// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
)

// The sentinels that a reason may match.
var lossTargets = map[string]error{
	"closed":    protocol.ErrConnectionClosed,
	"done":      protocol.ErrConnectionDone,
	"lost":      protocol.ErrConnectionLost,
	"aborted":   protocol.ErrConnectionAborted,
	"timeout":   protocol.ErrConnectionTimeout,
	"violation": protocol.ErrProtocolViolation,
	"overflow":  protocol.ErrBufferOverflow,
	"overrun":   protocol.ErrFileDescriptorOverrun,
	"EOF":       io.EOF,
	"ErrClosed": net.ErrClosed,
	"deadline":  os.ErrDeadlineExceeded,
	"context":   context.DeadlineExceeded,
	"reset":     syscall.ECONNRESET,
}

func TestConnectionLoss(t *testing.T) {
	cause := errors.New("cause")
	for _, tt := range []struct {
		name    string
		reason  error
		matches string // names in lossTargets
		text    string
	}{
		{"peer closed", protocol.Done(io.EOF), "closed done EOF", "connection closed cleanly by the peer"},
		{"this side closed", protocol.Done(net.ErrClosed), "closed done ErrClosed", "connection closed cleanly by this side"},
		{"clean, other cause", protocol.Done(cause), "closed done", "connection closed cleanly: cause"},
		{"reset", protocol.Lost(syscall.ECONNRESET), "closed lost reset", "connection lost: " + syscall.ECONNRESET.Error()},
		{"lost", protocol.Lost(nil), "closed lost", "connection lost"},
		{"aborted", protocol.Aborted(), "closed lost aborted ErrClosed", "connection aborted by this side"},
		{"violation", protocol.Violation(cause), "closed lost violation", "protocol violation: cause"},
		{"timeout", &protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout}, "closed lost timeout deadline context", "connection timed out"},
		{"overflow", &protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow}, "closed lost overflow", "too much unsent data: the peer does not read"},
		{"overrun", &protocol.ConnectionLoss{Class: protocol.ErrFileDescriptorOverrun}, "closed lost overrun", "file descriptors left without data to carry them"},
		{"panic", &protocol.PanicError{Value: "boom"}, "closed lost", "panic: boom"},
		{"panic with an error", &protocol.PanicError{Value: io.EOF}, "closed lost EOF", "panic: EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.reason.Error() != tt.text {
				t.Errorf("text %q, want %q", tt.reason, tt.text)
			}
			want := " " + tt.matches + " "
			for name, target := range lossTargets {
				if got := errors.Is(tt.reason, target); got != strings.Contains(want, " "+name+" ") {
					t.Errorf("errors.Is %s is %v", name, got)
				}
			}
		})
	}
}

func TestConnectionLossIsANetError(t *testing.T) {
	for _, tt := range []struct {
		reason  error
		timeout bool
	}{
		{&protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout}, true},
		{protocol.Lost(syscall.ECONNRESET), false},
	} {
		var e net.Error
		if !errors.As(tt.reason, &e) || e.Timeout() != tt.timeout {
			t.Errorf("%v: a net.Error %v", tt.reason, e)
		}
	}
	if !os.IsTimeout(&protocol.ConnectionLoss{Class: protocol.ErrConnectionTimeout}) {
		t.Error("os.IsTimeout does not know ErrConnectionTimeout")
	}
}
