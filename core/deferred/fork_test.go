// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
)

func TestFork(t *testing.T) {
	stop := deferred.TrackUnhandled()
	failed := errors.New("failed")
	for name, tt := range map[string]struct {
		fire func(*deferred.Deferred[int])
		want string
	}{
		"value":     {func(d *deferred.Deferred[int]) { d.Callback(7) }, "7 <nil>"},
		"error":     {func(d *deferred.Deferred[int]) { d.Errback(failed) }, "<nil> failed"},
		"cancelled": {func(d *deferred.Deferred[int]) { d.Cancel() }, "<nil> " + deferred.ErrCancelled.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			d := deferred.New[int](nil)
			var got []string
			note := func(v any, err error) { got = append(got, fmt.Sprint(v, " ", err)) }
			d.Fork().Done(note)
			d.Fork().Done(note)
			tt.fire(d)
			d.Fork().Done(note)
			if len(got) != 3 || got[0] != tt.want || got[1] != tt.want || got[2] != tt.want {
				t.Errorf("got %q, want 3 of %q", got, tt.want)
			}
			if r, ok := d.Peek(); !ok || (r.Value != 7) != (r.Err != nil) {
				t.Errorf("d kept %v %v", r, ok)
			}
		})
	}
	if left := stop(); len(left) > 0 {
		t.Errorf("errors were reported as unhandled: %v", left)
	}
}

func TestForkCancels(t *testing.T) {
	asked := 0
	d := deferred.NewCancellable(nil, func(*deferred.Deferred[string]) { asked++ })
	f := d.Fork()
	f.Cancel()
	var got error
	f.Done(func(_ any, err error) { got = err })
	if asked != 1 || !errors.Is(got, deferred.ErrCancelled) {
		t.Errorf("the canceller was called %d times, the fork has %v", asked, got)
	}
}
