// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package adbapi

import (
	"cmp"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/threadpool"
)

// The defaults of Config.
const (
	DefaultMin     = 3
	DefaultMax     = 5
	DefaultBacklog = 10_000
	DefaultMaxRows = 1_000_000
	DefaultGoodSQL = "select 1"
)

// The errors of a Pool.
var (
	// ErrConnectionLost is returned when the connection to the database was lost, or did not answer any more, within an interaction. What the interaction
	// did is undone, or, if it was lost while committing, unknown. Twisted: ConnectionLost.
	ErrConnectionLost = errors.New("adbapi: the connection to the database was lost")
	// ErrClosed is returned by a pool that was stopped.
	ErrClosed = errors.New("adbapi: the pool is stopped")
	// ErrBacklog is returned while too many queries wait.
	ErrBacklog = errors.New("adbapi: too many queries wait for a connection")
	// ErrTooManyRows is returned for a result that is longer than Config.MaxRows.
	ErrTooManyRows = errors.New("adbapi: the result has too many rows")
)

// A Config tells how a pool works. The zero Config is ready to use.
type Config struct {
	// Min is how many connections stay open while there is nothing to do. 0 means DefaultMin, or Max if that is less. Twisted: cp_min.
	Min int
	// Max is how many connections there are at most, and so how many queries run at a time. 0 means DefaultMax. Twisted: cp_max.
	Max int
	// Backlog is how many queries may wait for a connection; more fail with ErrBacklog. 0 means DefaultBacklog.
	Backlog int
	// MaxRows bounds the result of RunQuery. 0 means DefaultMaxRows.
	MaxRows int
	// Reconnect has a connection whose interaction failed asked GoodSQL, and given up if it does not answer; the interaction then fails with ErrConnectionLost, too.
	// Twisted: cp_reconnect.
	Reconnect bool
	// GoodSQL is a statement that a good connection answers. "" means DefaultGoodSQL. Twisted: cp_good_sql.
	GoodSQL string
	// OpenSQL are statements that each new connection is given first, such as "PRAGMA foreign_keys = ON". Twisted: cp_openfun.
	OpenSQL []string
	// Timeout bounds each query. 0 means that it may take forever.
	Timeout time.Duration
	// Noisy logs each statement, without its arguments, at the level of debugging. Twisted: cp_noisy.
	Noisy bool
	// Logger receives what the pool has to say. nil means slog.Default().
	Logger *slog.Logger
}

// A Pool runs queries on the connections of a database. It is a service: Start opens it, as making it did, Stop closes it when what runs is done. Twisted: ConnectionPool.
type Pool struct {
	loop   protocol.Loop
	cfg    Config
	log    *slog.Logger
	driver driver.Connector
	db     *sql.DB                      // loop only; nil when stopped
	work   *threadpool.Pool             // loop only
	closed *deferred.Deferred[struct{}] // while stopping, and then; loop only
}

// Open makes a pool that delivers on loop. driverName and dataSource are sql.Open's: the driver is one that the program imports. No connection is made before the first
// query. Twisted: ConnectionPool(dbapiName, ...).
func Open(loop protocol.Loop, driverName, dataSource string, cfg Config) (*Pool, error) {
	c, err := named(driverName, dataSource)
	if err != nil {
		return nil, err
	}
	return OpenConnector(loop, c, cfg)
}

// OpenConnector is Open for a driver's own configuration, as sql.OpenDB takes it.
func OpenConnector(loop protocol.Loop, c driver.Connector, cfg Config) (*Pool, error) {
	cfg = cfg.defaults()
	if cfg.Max < 1 || cfg.Min < 0 || cfg.Min > cfg.Max || cfg.Backlog < 0 || cfg.MaxRows < 0 {
		return nil, fmt.Errorf("adbapi: a pool of %d to %d connections with %d waiting and %d rows cannot be", cfg.Min, cfg.Max, cfg.Backlog, cfg.MaxRows)
	}
	if len(cfg.OpenSQL) > 0 {
		c = &preparing{c, cfg.OpenSQL}
	}
	p := &Pool{loop: loop, cfg: cfg, log: cfg.Logger, driver: c}
	p.start()
	return p, nil
}

func (cfg Config) defaults() Config {
	cfg.Max = cmp.Or(cfg.Max, DefaultMax)
	cfg.Min = cmp.Or(cfg.Min, min(DefaultMin, cfg.Max))
	cfg.Backlog = cmp.Or(cfg.Backlog, DefaultBacklog)
	cfg.MaxRows = cmp.Or(cfg.MaxRows, DefaultMaxRows)
	cfg.GoodSQL = cmp.Or(cfg.GoodSQL, DefaultGoodSQL)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return cfg
}

func (p *Pool) start() {
	p.db, p.closed = sql.OpenDB(p.driver), nil
	p.db.SetMaxOpenConns(p.cfg.Max)
	p.db.SetMaxIdleConns(p.cfg.Min)
	p.work = threadpool.New(threadpool.Config{Max: p.cfg.Max})
	p.work.Start()
}

// Start opens a pool that was stopped; one that is open stays so. It does not try to connect. Loop only.
func (p *Pool) Start() *deferred.Deferred[struct{}] {
	if p.closed != nil && !p.closed.Called() {
		return deferred.ThenD(p.closedLater(), func(struct{}) *deferred.Deferred[struct{}] { return p.Start() })
	}
	if p.db == nil {
		p.start()
	}
	return deferred.SucceedOn(p.loop, struct{}{})
}

// Stop takes no more queries, and fires when those that run or wait are done and the connections are closed. Loop only. Twisted: close.
func (p *Pool) Stop() *deferred.Deferred[struct{}] {
	if p.db == nil {
		if p.closed == nil {
			return deferred.SucceedOn(p.loop, struct{}{})
		}
		return p.closedLater()
	}
	db, work := p.db, p.work
	p.db = nil
	p.closed = deferred.New[struct{}](p.loop)
	closed := p.closed
	work.Quit()
	go func() { // ends when the last query does; who stops the pool waits for closed
		<-work.Done()
		err := db.Close()
		p.loop.CallFromThread(func() {
			if err != nil {
				p.log.Warn("adbapi: closing the database", "error", err)
			}
			closed.Callback(struct{}{})
		})
	}()
	return p.closedLater()
}

// closedLater fires with closed, which stays for others.
func (p *Pool) closedLater() *deferred.Deferred[struct{}] {
	d := deferred.New[struct{}](p.loop)
	p.closed.AddBoth(func(v struct{}, err error) (struct{}, error) {
		d.Callback(struct{}{})
		return v, err
	})
	return d
}

// Stats are the numbers of a pool at one moment.
type Stats struct {
	Open    int // connections
	Running int // queries
	Waiting int // queries
}

// Stats returns the pool's numbers. Loop only.
func (p *Pool) Stats() Stats {
	s := p.work.Stats()
	stats := Stats{Running: s.Busy, Waiting: s.Backlog}
	if p.db != nil {
		stats.Open = p.db.Stats().OpenConnections
	}
	return stats
}
