// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package task_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/task"
)

func TestReact(t *testing.T) {
	tests := []struct {
		name string
		main func(r *runner) D
		code int
		log  string
	}{
		{"value", func(r *runner) D { return task.Sleep(r, 5*time.Second) }, 0, ""},
		{"nil", func(r *runner) D { return nil }, 0, ""},
		{"error", func(r *runner) D {
			return task.DeferLater(r, time.Second, func() (struct{}, error) { return struct{}{}, errBoom })
		}, 1, "boom"},
		{"panic", func(r *runner) D { panic("ouch") }, 1, "react_test.go"},
		{"code", func(r *runner) D { return deferred.Fail[struct{}](&task.ExitError{Code: 7}) }, 7, ""},
		{"stopped by something else", func(r *runner) D {
			r.CallLater(time.Second, func() { r.Stop() })
			return deferred.New[struct{}](r)
		}, 0, ""},
		{"the reactor fails", func(r *runner) D { r.err = errBoom; return nil }, 1, "the reactor failed"},
		{"coroutine", func(r *runner) D {
			return deferred.Go(r, func(co *deferred.Coroutine) (struct{}, error) {
				deferred.Await(co, task.Sleep(r, time.Second))
				return struct{}{}, &task.ExitError{Code: 3}
			})
		}, 3, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantHandled(t)
			var log bytes.Buffer
			r := &runner{Clock: protocoltest.NewClock(), log: slog.New(slog.NewTextHandler(&log, nil))}
			if code := task.React(t.Context(), r, tt.main); code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
			if got := log.String(); !strings.Contains(got, tt.log) || tt.log == "" && got != "" {
				t.Errorf("log %q, want %q", got, tt.log)
			}
		})
	}
}

func TestReactEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &runner{Clock: protocoltest.NewClock(), err: context.Canceled}
	code := task.React(ctx, r, func(r *runner) D { cancel(); return deferred.New[struct{}](r) })
	if code != 0 {
		t.Errorf("code %d", code)
	}
}

func ExampleLoopingCall() {
	clock := protocoltest.NewClock()
	lc := task.NewLoopingCall(clock, func() error {
		fmt.Println(clock.Elapsed())
		return nil
	})
	lc.Start(time.Second, true)
	clock.Pump(time.Second, 2500*time.Millisecond, 500*time.Millisecond)
	lc.Stop()
	// Output:
	// 0s
	// 1s
	// 3.5s
	// 4s
}

func ExampleCooperator() {
	clock := protocoltest.NewClock()
	coop := task.NewCooperator(clock, task.CooperatorOptions{})
	for _, name := range []string{"a", "b"} {
		coop.Cooperate(func(yield func(*deferred.Deferred[struct{}]) bool) {
			for i := range 2 {
				fmt.Println(name, i)
				if !yield(nil) {
					return
				}
			}
		})
	}
	clock.Advance(0)
	// Output:
	// a 0
	// b 0
	// a 1
	// b 1
}

func ExampleReact() {
	r := &runner{Clock: protocoltest.NewClock()}
	code := task.React(context.Background(), r, func(r *runner) *deferred.Deferred[struct{}] {
		return task.DeferLater(r, time.Second, func() (struct{}, error) {
			fmt.Println("working")
			return struct{}{}, nil
		})
	})
	fmt.Println("exit code", code)
	// Output:
	// working
	// exit code 0
}
