// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A described transport tells of itself, through a wrapper.
type described struct{ protocol.Transport }

func (described) LogAttrs() []slog.Attr { return []slog.Attr{slog.Int("conn", 7)} }

type veiled struct{ protocol.Transport }

func (v veiled) Unwrap() protocol.Transport { return v.Transport }

func TestLogAttrs(t *testing.T) {
	plain := protocoltest.NewStringTransport()
	tests := []struct {
		t    protocol.Transport
		want string
	}{
		{described{plain}, "[conn=7 k v]"},
		{veiled{described{plain}}, "[conn=7 k v]"},
		{plain, fmt.Sprintf("[peer=%v k v]", plain.RemoteAddr())},
	}
	for _, tt := range tests {
		if got := fmt.Sprint(protocol.LogAttrs(tt.t, "k", "v")); got != tt.want {
			t.Errorf("%T: got %s, want %s", tt.t, got, tt.want)
		}
	}
}

type layer struct{ protocol.Protocol }

func (l layer) Unwrap() protocol.Protocol { return l.Protocol }

func TestTypeName(t *testing.T) {
	inner := &protocol.Base{}
	for _, p := range []protocol.Protocol{inner, layer{inner}, layer{layer{inner}}} {
		if got := protocol.TypeName(p); got != "*protocol.Base" {
			t.Errorf("%T: %s", p, got)
		}
	}
	if got := protocol.TypeName(layer{}); got != "protocol_test.layer" {
		t.Errorf("a layer on nothing: %s", got)
	}
}

func TestServiceName(t *testing.T) {
	f := protocol.ForProtocol(func() protocol.Base { return protocol.Base{} })
	if got := protocol.ServiceName(f); got != "" {
		t.Errorf("a factory without a name has %q", got)
	}
	named := protocol.WithServiceName(f, "shop")
	if got := protocol.ServiceName(named); got != "shop" {
		t.Errorf("got %q", got)
	}
	if _, err := named.BuildProtocol(nil); err != nil {
		t.Error(err)
	}
	if _, ok := protocol.As[interface{ AcceptableProtocols() []string }](named); ok {
		t.Error("it has what the factory has not")
	}
}
