// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package adbapi

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
)

// A Scanner is where a row's columns are read from.
type Scanner interface {
	// Scan copies the columns to the values that dest point to, as sql.Rows.Scan does.
	Scan(dest ...any) error
}

// RunQuery runs a query and fires with its rows, each made by scan, which runs on a goroutine of the pool. Loop only. Twisted: runQuery.
func RunQuery[T any](p *Pool, scan func(row Scanner) (T, error), query string, args ...any) *deferred.Deferred[[]T] {
	return RunWithConnection(p, func(ctx context.Context, c *sql.Conn) ([]T, error) {
		p.say(query)
		rows, err := c.QueryContext(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var all []T
		for rows.Next() {
			if len(all) == p.cfg.MaxRows {
				return nil, ErrTooManyRows
			}
			v, err := scan(rows)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		return all, rows.Err()
	})
}

// Column is a scan function of RunQuery for rows of one column.
func Column[T any](row Scanner) (T, error) {
	var v T
	err := row.Scan(&v)
	return v, err
}

// RunOperation runs a statement that has no rows. Loop only. Twisted: runOperation.
func (p *Pool) RunOperation(statement string, args ...any) *deferred.Deferred[sql.Result] {
	return RunWithConnection(p, func(ctx context.Context, c *sql.Conn) (sql.Result, error) {
		p.say(statement)
		return c.ExecContext(ctx, statement, args...)
	})
}

// RunInteraction calls f with a transaction, and commits it if f returns no error; otherwise, and when f panics, it is rolled back, and the error is passed on.
// f runs on a goroutine of the pool, and must not keep the transaction. If the connection does not survive, the error is ErrConnectionLost. Loop only. Twisted:
// runInteraction.
func RunInteraction[T any](p *Pool, f func(ctx context.Context, tx *sql.Tx) (T, error)) *deferred.Deferred[T] {
	return RunWithConnection(p, func(ctx context.Context, c *sql.Conn) (v T, err error) {
		tx, err := c.BeginTx(ctx, nil)
		if err != nil {
			return v, err
		}
		committed := false
		defer func() {
			if committed {
				return
			}
			if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
				p.log.Warn("adbapi: rolling back", "error", undo)
			}
		}()
		if v, err = f(ctx, tx); err != nil {
			return v, err
		}
		committed = true
		if err := tx.Commit(); err != nil {
			return v, fmt.Errorf("adbapi: committing: %w", err)
		}
		return v, nil
	})
}

func (p *Pool) say(statement string) {
	if p.cfg.Noisy {
		p.log.Debug("adbapi: running", "statement", statement)
	}
}
