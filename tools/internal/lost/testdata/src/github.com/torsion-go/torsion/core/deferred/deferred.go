// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package deferred stands for the one of that name.
package deferred

type Deferred[T any] struct{}

func New[T any]() *Deferred[T]                                        { return nil }
func (d *Deferred[T]) AddErrback(func(error) (T, error)) *Deferred[T] { return d }
func (d *Deferred[T]) Callback(T) error                               { return nil }
