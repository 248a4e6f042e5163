// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/task"
)

// A Cooperator is a Service that shares the loop between tasks while it runs: a task.Cooperator that starts and stops with its group. What is added before Start
// waits for it; Stop ends every task with task.ErrSchedulerStopped. Twisted: CooperatorService. Loop only.
type Cooperator struct {
	life life
	c    *task.Cooperator
}

var _ Service = (*Cooperator)(nil)

// NewCooperator returns a Cooperator. DisableStart is implied.
func NewCooperator(loop protocol.Loop, o task.CooperatorOptions) *Cooperator {
	o.DisableStart = true
	c := &Cooperator{c: task.NewCooperator(loop, o)}
	c.life = life{loop: loop, up: c.begin, down: c.stop}
	return c
}

// Start begins to work.
func (c *Cooperator) Start() *deferred.Deferred[struct{}] { return c.life.Start() }

// Stop ends the tasks.
func (c *Cooperator) Stop() *deferred.Deferred[struct{}] { return c.life.Stop() }

// Coiterate adds work and fires when it is done.
func (c *Cooperator) Coiterate(work task.Work) *deferred.Deferred[struct{}] {
	return c.c.Coiterate(work)
}

// Cooperate adds work and returns its task.
func (c *Cooperator) Cooperate(work task.Work) *task.CooperativeTask { return c.c.Cooperate(work) }

func (c *Cooperator) begin() *deferred.Deferred[struct{}] {
	c.c.Start()
	return c.life.done()
}

func (c *Cooperator) stop() *deferred.Deferred[struct{}] {
	c.c.Stop()
	return c.life.done()
}
