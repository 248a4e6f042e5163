// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// BenchmarkTiming compares the time of a wrong password with that of an unknown user, by the ratio of their medians, which should be 1: -bench Timing -benchtime 300x.
func BenchmarkTiming(b *testing.B) {
	path := filepath.Join(b.TempDir(), "users")
	file := password.File{Path: path}
	for _, name := range []string{"alice", "bob"} {
		if err := file.Add(name, "secret"); err != nil {
			b.Fatal(err)
		}
	}
	db := &cred.FilePasswordDB{Path: path, Cache: true}
	c := db.Hashed(password.Verify)
	loop := protocoltest.NewClock()
	once := func(name string) time.Duration {
		began, done := time.Now(), false
		c.RequestAvatarID(loop, cred.UsernamePassword{Username: name, Password: "guess"}).Done(func(cred.AvatarID, error) { done = true })
		if err := loop.Until(context.Background(), func() bool { return done }); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	var wrong, unknown []time.Duration
	for b.Loop() {
		wrong = append(wrong, once("alice"))
		unknown = append(unknown, once("mallory"))
	}
	median := func(all []time.Duration) float64 { slices.Sort(all); return float64(all[len(all)/2]) }
	b.ReportMetric(median(wrong), "ns/wrong")
	b.ReportMetric(median(unknown), "ns/unknown")
	b.ReportMetric(median(unknown)/median(wrong), "ratio")
}
