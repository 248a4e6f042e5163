// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package uring is Linux's io_uring as it is: a ring to submit operations and take their completions, and a ring of buffers that the system receives into. What
// is done with them is its user's: see core/internal/poll. On other systems the package is empty.
//
// # Concurrency
//
// A [Ring] belongs to the thread that enabled it: the system refuses every other one with EEXIST. All of a ring's work is done inside [Ring.Enter]
// (DEFER_TASKRUN): between two calls nothing is received, nothing is sent, and no memory is touched. [Ring.Close] is allowed on any thread.
//
// # Memory
//
// Addresses in an [SQE] are plain numbers that the garbage collector does not see: who fills one in keeps what it points to alive until the operation has
// completed. Rings and buffers are mapped outside the collector's heap.
package uring
