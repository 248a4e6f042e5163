// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package adbapi_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/adbapi"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var _ service.Service = (*adbapi.Pool)(nil)

// on runs test on a reactor's loop, as a coroutine, with a pool of a fake database.
func on(t *testing.T, f *fake, cfg adbapi.Config, test func(co *deferred.Coroutine, p *adbapi.Pool)) {
	t.Helper()
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r.CallWhenRunning(func() {
		p, err := adbapi.OpenConnector(r, f, cfg)
		if err != nil {
			t.Error(err)
			r.Stop()
			return
		}
		deferred.Go(r, func(co *deferred.Coroutine) (struct{}, error) {
			test(co, p)
			return deferred.Await(co, p.Stop())
		}).Done(func(_ struct{}, err error) {
			if err != nil {
				t.Errorf("%+v", err)
			}
			r.Stop()
		})
	})
	if err := r.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if opened, closed := f.counts(); opened != closed {
		t.Errorf("%d connections were opened, %d closed", opened, closed)
	}
}

func rows(co *deferred.Coroutine, p *adbapi.Pool) ([]string, error) {
	return deferred.Await(co, adbapi.RunQuery(p, adbapi.Column[string], "all"))
}

func TestQueries(t *testing.T) {
	f := &fake{}
	on(t, f, adbapi.Config{OpenSQL: []string{"add prepared"}}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		if _, err := deferred.Await(co, p.RunOperation("add ?", "one")); err != nil {
			t.Error(err)
		}
		got, err := rows(co, p)
		if err != nil || !slices.Equal(got, []string{"prepared", "one"}) {
			t.Errorf("got %q, %v", got, err)
		}
		if _, err := deferred.Await(co, p.RunOperation("fail")); !errors.Is(err, errStatement) {
			t.Errorf("a statement that fails: %v", err)
		}
		bad := errors.New("cannot scan")
		_, err = deferred.Await(co, adbapi.RunQuery(p, func(adbapi.Scanner) (int, error) { return 0, bad }, "all"))
		if !errors.Is(err, bad) {
			t.Errorf("a row that cannot be read: %v", err)
		}
		if s := p.Stats(); s.Running != 0 || s.Waiting != 0 || s.Open == 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestInteraction(t *testing.T) {
	why := errors.New("changed its mind")
	for _, tt := range []struct {
		name string
		f    func(ctx context.Context, tx *sql.Tx) (string, error)
		want error
		rows []string
		says string
	}{
		{"commits", func(context.Context, *sql.Tx) (string, error) { return "v", nil }, nil, []string{"a"}, "add a, commit, all"},
		{"fails", func(context.Context, *sql.Tx) (string, error) { return "", why }, why, nil, "add a, rollback, select 1, all"},
		{"panics", func(context.Context, *sql.Tx) (string, error) { panic(why) }, why, nil, "add a, rollback, all"},
		{"loses the connection", func(_ context.Context, tx *sql.Tx) (string, error) {
			_, err := tx.Exec("die later")
			return "", err
		}, adbapi.ErrConnectionLost, nil, "add a, die later, rollback, all"},
		{"loses it while committing", func(_ context.Context, tx *sql.Tx) (string, error) {
			tx.Exec("die later")
			return "v", nil
		}, adbapi.ErrConnectionLost, nil, "add a, die later, commit, all"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{}
			on(t, f, adbapi.Config{Reconnect: true, Max: 1, Logger: slog.New(slog.DiscardHandler)}, func(co *deferred.Coroutine, p *adbapi.Pool) {
				v, err := deferred.Await(co, adbapi.RunInteraction(p, func(ctx context.Context, tx *sql.Tx) (string, error) {
					if _, err := tx.ExecContext(ctx, "add a"); err != nil {
						return "", err
					}
					return tt.f(ctx, tx)
				}))
				if !errors.Is(err, tt.want) || tt.want == nil && v != "v" {
					t.Errorf("got %q, %v", v, err)
				}
				if got, err := rows(co, p); err != nil || !slices.Equal(got, tt.rows) {
					t.Errorf("then %q, %v", got, err)
				}
			})
			if f.said() != tt.says {
				t.Errorf("the database saw %q, want %q", f.said(), tt.says)
			}
			want := 1
			if errors.Is(tt.want, adbapi.ErrConnectionLost) {
				want = 2
			}
			if opened, _ := f.counts(); opened != want {
				t.Errorf("%d connections were made, want %d", opened, want)
			}
		})
	}
}

// Without Reconnect nothing is asked after a failure.
func TestNoReconnect(t *testing.T) {
	f := &fake{}
	on(t, f, adbapi.Config{}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		if _, err := deferred.Await(co, p.RunOperation("fail")); !errors.Is(err, errStatement) || errors.Is(err, adbapi.ErrConnectionLost) {
			t.Errorf("got %v", err)
		}
	})
	if f.said() != "fail" {
		t.Errorf("the database saw %q", f.said())
	}
}

func TestBounds(t *testing.T) {
	f := &fake{rows: []string{"1", "2", "3"}, gate: make(chan struct{}), held: make(chan struct{}, 3)} // of 3 that run at once
	on(t, f, adbapi.Config{Max: 2, Backlog: 1, MaxRows: 2}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		if _, err := rows(co, p); !errors.Is(err, adbapi.ErrTooManyRows) {
			t.Errorf("three rows: %v", err)
		}
		first, second := p.RunOperation("hold"), p.RunOperation("hold")
		<-f.held
		<-f.held
		third := p.RunOperation("hold")
		if _, err := deferred.Await(co, p.RunOperation("add more")); !errors.Is(err, adbapi.ErrBacklog) {
			t.Errorf("one that would have to wait behind another: %v", err)
		}
		if s := p.Stats(); s.Running != 2 || s.Waiting != 1 {
			t.Errorf("stats %+v", s)
		}
		close(f.gate)
		if _, err := deferred.Await(co, deferred.Gather(first, second, third)); err != nil {
			t.Error(err)
		}
	})
}

func TestCancel(t *testing.T) {
	f := &fake{}
	on(t, f, adbapi.Config{Max: 1}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		running, queued := p.RunOperation("wait"), p.RunOperation("add never")
		queued.Cancel()
		running.Cancel()
		for _, d := range []*deferred.Deferred[sql.Result]{running, queued} {
			if _, err := deferred.Await(co, d); !errors.Is(err, deferred.ErrCancelled) {
				t.Errorf("got %v", err)
			}
		}
		if got, err := rows(co, p); err != nil || len(got) > 0 {
			t.Errorf("then %q, %v", got, err)
		}
	})
}

func TestTimeout(t *testing.T) {
	on(t, &fake{}, adbapi.Config{Timeout: time.Nanosecond}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		if _, err := deferred.Await(co, p.RunOperation("wait")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// Stop waits for what runs, and Start opens the pool again.
func TestStopAndStart(t *testing.T) {
	f := &fake{gate: make(chan struct{}), held: make(chan struct{}, 1)}
	on(t, f, adbapi.Config{}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		running := p.RunOperation("hold")
		<-f.held
		stopping, again := p.Stop(), p.Stop()
		if stopping.Called() || again.Called() {
			t.Error("it is stopped while a query runs")
		}
		if _, err := deferred.Await(co, p.RunOperation("add late")); !errors.Is(err, adbapi.ErrClosed) {
			t.Errorf("a query of a stopped pool: %v", err)
		}
		starting := p.Start()
		close(f.gate)
		if _, err := deferred.Await(co, running); err != nil {
			t.Error(err)
		}
		if _, err := deferred.Await(co, deferred.Gather(stopping, again, starting)); err != nil {
			t.Error(err)
		}
		if _, err := deferred.Await(co, p.RunOperation("add again")); err != nil {
			t.Error(err)
		}
	})
}

func TestOpen(t *testing.T) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := adbapi.Open(r, "no such driver", "", adbapi.Config{}); err == nil || !strings.Contains(err.Error(), "no such driver") {
		t.Errorf("got %v", err)
	}
	if _, err := adbapi.OpenConnector(r, &fake{}, adbapi.Config{Min: 3, Max: 2}); err == nil {
		t.Error("a pool of at least 3 and at most 2 was made")
	}
}

// A new connection that does not take its first statements is closed.
func TestOpenSQLFails(t *testing.T) {
	on(t, &fake{}, adbapi.Config{OpenSQL: []string{"fail"}}, func(co *deferred.Coroutine, p *adbapi.Pool) {
		if _, err := rows(co, p); !errors.Is(err, errStatement) || !strings.Contains(err.Error(), `"fail"`) {
			t.Errorf("got %v", err)
		}
	})
}

func init() { sql.Register("fake", &fake{rows: []string{"Alice", "Bob"}}) }

func Example() {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r.CallWhenRunning(func() {
		pool, err := adbapi.Open(r, "fake", "people.db", adbapi.Config{})
		if err != nil {
			fmt.Println(err)
			return
		}
		adbapi.RunQuery(pool, adbapi.Column[string], "all").Done(func(names []string, err error) {
			fmt.Println(names, err)
			pool.Stop().Done(func(struct{}, error) { r.Stop() })
		})
	})
	if err := r.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: [Alice Bob] <nil>
}
