// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package threadpool runs functions that block, on goroutines, a bounded number at a time.
//
// # Typical use
//
//	pool := threadpool.New(threadpool.Config{Max: 4})
//	pool.Start()
//	pool.CallInThread(func() { compress(file) })
//	pool.Stop()
//
// Goroutines are made as they are needed and end when there is nothing to do: there is no least number of them.
//
// # Concurrency
//
// All methods are safe from any goroutine. Results are brought back by the function itself, by a loop's CallFromThread.
//
// Twisted: python.threadpool.ThreadPool; _threads.Team.
package threadpool
