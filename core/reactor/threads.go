// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import "github.com/torsion-go/torsion/core/threadpool"

// ThreadPool returns the pool in which CallInThread runs functions. It starts with the reactor: what is queued before waits. It ends with it: what is queued
// by then is finished first, what comes later is ignored. Twisted: getThreadPool. Safe from any goroutine.
func (r *Reactor) ThreadPool() *threadpool.Pool { return r.pool }

// SuggestThreadPoolSize sets how many functions of the pool run at a time, at least 1. Safe from any goroutine.
func (r *Reactor) SuggestThreadPoolSize(n int) { r.pool.Resize(n) }

// CallMultipleInThread runs functions one after another in one slot of the pool. One that panics does not keep the next from running. Safe from any
// goroutine.
func (r *Reactor) CallMultipleInThread(fs ...func()) { r.pool.CallMultipleInThread(fs...) }
