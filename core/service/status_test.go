// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
)

func TestStatus(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	inner := service.NewMulti(f.clock, service.MultiConfig{})
	p := &boundPart{part: part{name: "p", j: &f.j, loop: f.clock}}
	inner.Add("p", p)
	f.m.Add("inner", inner)
	equal(t, "health", f.m.Health(), nil)
	equal(t, "ready", fmt.Sprint(f.m.Ready()), "stopped")
	f.m.Start()
	equal(t, "health", f.m.Health(), nil)
	equal(t, "ready", f.m.Ready(), nil)
	f.clock.Advance(second)
	p.health = errors.New("disk full")
	p.ready = errors.New("no\nconnection")
	f.b.die(errBoom)
	equal(t, "health", fmt.Sprint(f.m.Health()), "service b: failed: boom\nservice inner/p: disk full")
	equal(t, "ready", fmt.Sprint(f.m.Ready()), "service b: failed: boom\nservice inner/p: no\nconnection")
	equal(t, "text", f.m.Status().String(), `running
  a running since 2000-01-01T00:00:00Z
  b failed since 2000-01-01T00:00:01Z: boom
  c running since 2000-01-01T00:00:00Z
  inner running since 2000-01-01T00:00:00Z
    p running since 2000-01-01T00:00:00Z: disk full: no; connection
`)
	b, err := json.Marshal(f.m.Status())
	equal(t, "marshal", err, nil)
	equal(t, "JSON", string(b), strings.ReplaceAll(strings.TrimSpace(`
{"state":"running","children":[
{"name":"a","state":"running","since":"2000-01-01T00:00:00Z"},
{"name":"b","state":"failed","since":"2000-01-01T00:00:01Z","error":"boom"},
{"name":"c","state":"running","since":"2000-01-01T00:00:00Z"},
{"name":"inner","state":"running","since":"2000-01-01T00:00:00Z","children":[
{"name":"p","state":"running","since":"2000-01-01T00:00:00Z","health":"disk full","ready":"no\nconnection"}]}]}`), "\n", ""))
	f.m.Stop()
	equal(t, "ready", fmt.Sprint(f.m.Ready()), "stopped")
	equal(t, "name", service.State(200).String()+service.ClientState(200).String(), "State(200)ClientState(200)")
}

// What panics when it is asked is not in order.
func TestStatusPanic(t *testing.T) {
	f := newFamily(t, service.MultiConfig{})
	f.m.Add("sick", &sick{})
	f.m.Start()
	equal(t, "health", fmt.Sprint(f.m.Health()), "service sick: panic: fever")
}

type sick struct{}

func (s *sick) Start() signal { return nil }
func (s *sick) Stop() signal  { return nil }
func (s *sick) Ended() signal { return deferred.New[struct{}](nil) }
func (s *sick) Health() error { panic("fever") }
