// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

// drainable closes its connection in the way that it is told to.
type drainable struct {
	taker
	stays bool
}

func (d *drainable) Drain() {
	if d.Note("drain"); !d.stays {
		d.Transport().LoseConnection()
	}
}

var _ web.Drainer = (*drainable)(nil)

func TestDrainer(t *testing.T) {
	for _, tt := range []struct {
		name         string
		early, stays bool
		err          error
	}{
		{name: "it closes"},
		{name: "the site drains already", early: true},
		{name: "it stays until it is aborted", stays: true, err: context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &drainable{stays: tt.stays}
			p.OnMade = shout().OnMade
			site := web.NewSite(upgrading(t, "", p), web.Config{Timeouts: web.Timeouts{Drain: time.Second}})
			c := webtest.Connect(site, webtest.Config{})
			if tt.early {
				site.Drain()
				c.Settle()
			}
			c.Raw(upgrade)
			if c.Settle(); !tt.early && site.Stats().Open != 1 {
				t.Errorf("%+v", site.Stats())
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- site.Shutdown(ctx) }() // ends with the connection
			if err := c.Clock.Until(t.Context(), func() bool { c.Settle(); return len(p.Events()) > 1 }); err != nil {
				t.Fatal(err)
			}
			if tt.stays {
				cancel()
			}
			if err := c.Clock.Until(t.Context(), func() bool { c.Settle(); return c.Closed() }); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := <-done; !errors.Is(err, tt.err) {
				t.Error(err)
			}
			if got := p.Events(); got[0] != "made" || got[1] != "drain" || site.Stats().Open != 0 {
				t.Errorf("%q %+v", got, site.Stats())
			}
			if reason := p.Reason(); tt.stays && !errors.Is(reason, protocol.ErrConnectionAborted) {
				t.Error(reason)
			}
		})
	}
}
