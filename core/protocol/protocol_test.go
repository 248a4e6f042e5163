// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol_test

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

type wrapped[T any] struct{ inner T }

func (w wrapped[T]) Unwrap() T { return w.inner }

type closer interface{ CloseIt() string }

type innermost string

func (i innermost) CloseIt() string { return string(i) }

type (
	wrappedTransport struct {
		wrapped[protocol.Transport]
		protocol.Transport
	}
	wrappedProtocol struct {
		wrapped[protocol.Protocol]
		protocol.Base
	}
	wrappedFactory struct {
		wrapped[protocol.Factory]
		protocol.Factory
	}
	wrappedDatagram struct {
		wrapped[protocol.DatagramTransport]
		protocol.DatagramTransport
	}
	ableTransport struct {
		protocol.Transport
		innermost
	}
	ableProtocol struct {
		protocol.Base
		innermost
	}
	ableFactory struct {
		protocol.Factory
		innermost
	}
	ableDatagram struct {
		protocol.DatagramTransport
		innermost
	}
	ableError struct {
		error
		innermost
	}
)

func TestAsLooksThroughWrappers(t *testing.T) {
	for name, v := range map[string]any{
		"itself":    ableProtocol{innermost: "found"},
		"protocol":  wrappedProtocol{wrapped: wrapped[protocol.Protocol]{wrappedProtocol{wrapped: wrapped[protocol.Protocol]{ableProtocol{innermost: "found"}}}}},
		"transport": wrappedTransport{wrapped: wrapped[protocol.Transport]{ableTransport{innermost: "found"}}},
		"factory":   wrappedFactory{wrapped: wrapped[protocol.Factory]{ableFactory{innermost: "found"}}},
		"datagram":  wrappedDatagram{wrapped: wrapped[protocol.DatagramTransport]{ableDatagram{innermost: "found"}}},
		"error":     fmt.Errorf("wrapped: %w", ableError{innermost: "found"}),
	} {
		if c, ok := protocol.As[closer](v); !ok || c.CloseIt() != "found" {
			t.Errorf("%s: %v, %v", name, c, ok)
		}
	}
	for name, v := range map[string]any{
		"nil":             nil,
		"not able":        protocol.Base{},
		"wraps nothing":   wrappedProtocol{},
		"wraps the wrong": wrappedProtocol{wrapped: wrapped[protocol.Protocol]{protocol.Base{}}},
	} {
		if c, ok := protocol.As[closer](v); ok || c != nil {
			t.Errorf("%s: %v, %v", name, c, ok)
		}
	}
	if p, ok := protocol.As[protocol.Protocol](wrappedProtocol{}); !ok || p == nil {
		t.Error("a wrapper that is one itself is not found first")
	}
}

func TestFactories(t *testing.T) {
	n := 0
	f := protocol.ForProtocol(func() *ableProtocol { n++; return new(ableProtocol) })
	a, err := f.BuildProtocol(protocol.MemoryAddr("x"))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := f.BuildProtocol(protocol.MemoryAddr("x")); a == b || n != 2 {
		t.Errorf("%d protocols were made, the same: %v", n, a == b)
	}
	var peer net.Addr
	f = protocol.FactoryFunc(func(p net.Addr) (protocol.Protocol, error) { peer = p; return nil, net.ErrClosed })
	if _, err := f.BuildProtocol(protocol.MemoryAddr("y")); err != net.ErrClosed || peer != protocol.MemoryAddr("y") {
		t.Errorf("got %v for %v", err, peer)
	}
}

func TestBasesDoNothing(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	tr.Connect(protocol.Base{})
	tr.FeedString("x")
	tr.FeedEOF()
	if tr.Value() != "" || !tr.Disconnected() {
		t.Errorf("wrote %q, disconnected %v", tr.Value(), tr.Disconnected())
	}
	d := protocoltest.NewFakeDatagramTransport()
	d.Start(protocol.DatagramBase{})
	d.Feed([]byte("x"), d.Local)
	d.LoseConnection()
	d.Clock.Advance(0)
	if len(d.Written()) != 0 || !d.Stopped() {
		t.Errorf("wrote %v, stopped %v", d.Written(), d.Stopped())
	}
}

func TestProducerMode(t *testing.T) {
	if push, pull := protocol.PushProducer.String(), protocol.PullProducer.String(); push != "push" || pull != "pull" {
		t.Errorf("got %q and %q", push, pull)
	}
}

// The contracts can be used without bringing in anything.
func TestImportsTheStandardLibraryOnly(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if first, _, _ := strings.Cut(path, "/"); err != nil || strings.Contains(first, ".") || path == "C" || path == "unsafe" {
				t.Errorf("%s imports %s", e.Name(), i.Path.Value)
			}
		}
	}
	if files == 0 {
		t.Error("no file was read")
	}
}

var errBroken = errors.New("broken")
