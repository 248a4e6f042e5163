// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package adbapi_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"sync"
)

// A fake is a database whose statements are:
//
//	add X      appends the argument, or X
//	all        the rows
//	fail       an error of the statement
//	die        the connection is gone, as a statement notices
//	die later  the connection is gone, as the next statement notices
//	wait       until the context ends
//	select 1   what a good connection answers
type fake struct {
	mu     sync.Mutex
	rows   []string
	opened int
	closed int
	log    []string
	gate   chan struct{} // closed to let "hold" go on; nil for none
	held   chan struct{} // is sent to for each "hold"
}

var errStatement = errors.New("fake: bad statement")

func (f *fake) Connect(context.Context) (driver.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return &fakeConn{f: f}, nil
}

func (f *fake) Driver() driver.Driver { return f }

// Open makes fake a driver of the older kind, too.
func (f *fake) Open(string) (driver.Conn, error) { return f.Connect(context.Background()) }

func (f *fake) said() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.log, ", ")
}

// counts returns how many connections were opened and closed.
func (f *fake) counts() (opened, closed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened, f.closed
}

type fakeConn struct {
	f    *fake
	dead bool
	tx   []string // what a transaction adds
	inTx bool
}

func (c *fakeConn) Prepare(statement string) (driver.Stmt, error) {
	return &fakeStmt{c, statement}, nil
}

func (c *fakeConn) Close() error {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.closed++
	return nil
}

func (c *fakeConn) Begin() (driver.Tx, error) {
	c.inTx = true
	return c, nil
}

func (c *fakeConn) Commit() error { return c.end("commit", c.tx) }

func (c *fakeConn) Rollback() error { return c.end("rollback", nil) }

func (c *fakeConn) end(how string, add []string) error {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	c.f.log = append(c.f.log, how)
	c.tx, c.inTx = nil, false
	if c.dead {
		return driver.ErrBadConn
	}
	c.f.rows = append(c.f.rows, add...)
	return nil
}

type fakeStmt struct {
	c         *fakeConn
	statement string
}

func (s *fakeStmt) Close() error  { return nil }
func (s *fakeStmt) NumInput() int { return -1 }

func (s *fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.ErrUnsupported }
func (s *fakeStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.ErrUnsupported }

func (s *fakeStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	_, err := s.run(ctx, args)
	return driver.RowsAffected(1), err
}

func (s *fakeStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.run(ctx, args)
	if err != nil {
		return nil, err
	}
	return &fakeRows{rows}, nil
}

func (s *fakeStmt) run(ctx context.Context, args []driver.NamedValue) ([]string, error) {
	verb, text, _ := strings.Cut(s.statement, " ")
	if len(args) > 0 {
		text, _ = args[0].Value.(string)
	}
	switch s.statement {
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "hold":
		s.c.f.held <- struct{}{}
		<-s.c.f.gate
		return nil, nil
	}
	s.c.f.mu.Lock()
	defer s.c.f.mu.Unlock()
	s.c.f.log = append(s.c.f.log, strings.TrimSpace(verb+" "+text))
	switch {
	case s.c.dead && s.statement == "select 1":
		return nil, errors.New("fake: broken pipe")
	case s.c.dead || s.statement == "die":
		s.c.dead = true
		return nil, driver.ErrBadConn
	case s.statement == "die later":
		s.c.dead = true
		return nil, errStatement
	case s.statement == "all":
		return append(append([]string(nil), s.c.f.rows...), s.c.tx...), nil
	case s.statement == "select 1":
		return []string{"1"}, nil
	case verb == "add" && s.c.inTx:
		s.c.tx = append(s.c.tx, text)
		return nil, nil
	case verb == "add":
		s.c.f.rows = append(s.c.f.rows, text)
		return nil, nil
	}
	return nil, errStatement
}

type fakeRows struct{ rest []string }

func (r *fakeRows) Columns() []string { return []string{"text"} }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.rest) == 0 {
		return io.EOF
	}
	dest[0], r.rest = r.rest[0], r.rest[1:]
	return nil
}
