// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package slogadapter_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
	"github.com/torsion-go/torsion/logger/console"
	"github.com/torsion-go/torsion/logger/jsonlog"
	"github.com/torsion-go/torsion/logger/slogadapter"
	"github.com/torsion-go/torsion/logger/zapadapter"
)

// endless is a group that holds itself.
type endless struct{ key string }

func (e endless) LogValue() slog.Value { return slog.GroupValue(slog.Any(e.key, e)) }

type rude struct{}

func (rude) LogValue() slog.Value { panic("no") }

// TestValuesThatDoNotEnd goes through all that follows groups.
func TestValuesThatDoNotEnd(t *testing.T) {
	queue := async.NewObserver(console.New(io.Discard, nil), nil)
	defer queue.Close()
	n := 0
	for _, h := range []slog.Handler{
		slogadapter.New(console.New(io.Discard, nil), nil), slogadapter.New(console.New(io.Discard, &console.Config{Format: console.Logfmt}), nil),
		slogadapter.New(jsonlog.NewObserver(io.Discard, jsonlog.Options{}), nil), slogadapter.New(queue, nil),
		slogadapter.New(zapadapter.NewObserver(zapadapter.NewJSON(io.Discard, nil), nil), nil), zapadapter.NewHandler(zapadapter.NewJSON(io.Discard, nil), nil),
		slogadapter.New(logger.ObserverFunc(func(*logger.Event) { n++ }), nil),
	} {
		for _, v := range []any{endless{"a"}, endless{""}, rude{}} {
			slog.New(h).With("w", v).WithGroup("g").Info("x", "v", v, "", v)
		}
	}
	e := &logger.Event{Format: "{v} {w}", Fields: []slog.Attr{slog.Any("v", endless{"a"}), slog.Any("w", endless{""})}}
	for _, o := range []logger.Observer{queue, console.New(io.Discard, nil), jsonlog.NewObserver(io.Discard, jsonlog.Options{}), zapadapter.NewObserver(zapadapter.NewJSON(io.Discard, nil), nil)} {
		o.Observe(e)
	}
	if n != 3 {
		t.Errorf("%d events", n)
	}
}

// TestObserverPanics: who logs does not see it.
func TestObserverPanics(t *testing.T) {
	h := slogadapter.New(logger.ObserverFunc(func(*logger.Event) { panic("broken") }), nil)
	slog.New(h).Info("x")
	if err := h.Handle(context.Background(), slog.Record{}); err == nil || err.Error() != "slogadapter: panic in the observer: broken" {
		t.Error(err)
	}
}
