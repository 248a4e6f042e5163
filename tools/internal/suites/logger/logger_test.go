// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package logger_test has tests of module logger that are shorter with package trial. They are here and not beside what they test because logger imports no other module, not even in
// its tests, and this module imports all of them.
package logger_test

import (
	"log/slog"
	"testing"

	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/loggertest"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/stress"
)

func TestMain(m *testing.M) { trial.Main(m) }

func TestPublisherConcurrent(t *testing.T) {
	kept := loggertest.NewRecorder()
	p := logger.NewPublisher(kept)
	log := logger.New("app", p)
	stress.Test(t, stress.Config{Runs: 800, Copies: 4}, func(testing.TB) {
		remove := p.Add(&logger.History{Size: 1})
		log.Info("{i}", slog.Int("i", 1))
		remove()
	})
	assert.Equal(t, len(kept.Events()), 800)
}
