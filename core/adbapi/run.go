// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package adbapi

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
)

// RunWithConnection calls f with a connection that nobody else uses meanwhile, and fires with its result. f runs on a goroutine of the pool; it must not keep
// the connection. Cancelling ends f's context, or takes the call out of the queue. A panic becomes a *deferred.Failure. Loop only. Twisted: runWithConnection.
func RunWithConnection[T any](p *Pool, f func(ctx context.Context, c *sql.Conn) (T, error)) *deferred.Deferred[T] {
	if p.db == nil {
		return deferred.FailOn[T](p.loop, ErrClosed)
	}
	if p.work.Stats().Backlog >= p.cfg.Backlog {
		return deferred.FailOn[T](p.loop, ErrBacklog)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	d := deferred.NewCancellable(p.loop, func(*deferred.Deferred[T]) { cancel(deferred.ErrCancelled) })
	db := p.db
	p.work.CallInThread(func() {
		v, err := run(ctx, p, db, f)
		cancel(nil)
		p.loop.CallFromThread(func() {
			if d.Called() {
				return
			}
			if err != nil {
				d.Errback(err)
			} else {
				d.Callback(v)
			}
		})
	})
	return d
}

// run calls f with a connection.
func run[T any](ctx context.Context, p *Pool, db *sql.DB, f func(ctx context.Context, c *sql.Conn) (T, error)) (v T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = deferred.Recovered(r)
		}
	}()
	if p.cfg.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, p.cfg.Timeout)
		defer stop()
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return v, lost(ctx, err)
	}
	defer c.Close() // gives it back
	v, err = f(ctx, c)
	if err == nil {
		return v, nil
	}
	err = lost(ctx, err)
	if p.cfg.Reconnect && !errors.Is(err, ErrConnectionLost) && context.Cause(ctx) == nil {
		if bad := good(ctx, c, p.cfg.GoodSQL); bad != nil {
			c.Raw(func(any) error { return driver.ErrBadConn }) // the pool gives it up
			p.log.Warn("adbapi: a connection is given up", "error", bad)
			err = fmt.Errorf("%w: %w", ErrConnectionLost, err)
		}
	}
	return v, err
}

// lost tells a lost connection and a context that ended from other errors.
func lost(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, ctx.Err()) {
		return fmt.Errorf("adbapi: %w", cause)
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return fmt.Errorf("%w: %w", ErrConnectionLost, err)
	}
	return err
}

// good asks a connection whether it is.
func good(ctx context.Context, c *sql.Conn, statement string) error {
	rows, err := c.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}
