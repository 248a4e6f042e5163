// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A RetryConfig says what a [RetryAgent] sends again, and when. Zero fields mean their defaults.
type RetryConfig struct {
	// Attempts is how often a request is sent at most, the first time included; 0 means 4, below 0 means 1.
	Attempts int
	// Base and Max bound the wait before the nth retry, which is any time up to Base·2ⁿ⁻¹ and up to Max, each as likely as another ("full jitter"); 0 means 500 ms and 30 s.
	Base, Max time.Duration
	// MaxRetryAfter is the longest that a server may ask for by Retry-After. A response that asks for more is not retried; 0 means 60 s, below 0 none is waited for.
	MaxRetryAfter time.Duration
	// Whole bounds all attempts and waits: none begins later than this after Do, which is 2 minutes if it is 0, and without bound below 0. It does not end an attempt under way:
	// Timeouts.Whole of the request does.
	Whole time.Duration
	// Statuses are those that are retried; nil means 408, 425, 429, 502, 503 and 504.
	Statuses []int
	// Budget keeps retries from multiplying the load of a server in trouble: each call of Do adds it to what all calls may spend, each retry takes 1, and more than BudgetMax is not
	// saved up; 0 means 0.2 and 10. The agent begins with BudgetMax. Below 0 there is no bound.
	Budget, BudgetMax float64
	// Policy, if it is not nil, has the last word on an attempt that came to an error or to one of Statuses, unless it is the last one, or the request was cancelled. Loop only.
	Policy func(a RetryAttempt) bool
	// Random returns a number from 0 up to and not including 1; nil means that of math/rand/v2.
	Random func() float64
}

// A RetryAttempt is one that failed.
type RetryAttempt struct {
	Request  *Request
	Number   int           // 1 for the first one
	Response *Response     // nil if there is Err
	Err      error         // an *[Error], or nil if there is a Response
	Wait     time.Duration // before the next one
	Retry    bool          // what is done without a Policy
}

// RetryStats counts what a [RetryAgent] has done.
type RetryStats struct {
	Requests  int64 // calls of Do
	Retries   int64
	Exhausted int64 // calls that failed at the last attempt, or ran out of time
	Refused   int64 // retries that the budget did not allow
}

// A RetryAgent sends a request again if the server has not answered, or has answered that it could not at this time. What it may send again are requests with a method that is
// idempotent (RFC 9110 section 9.2.2: GET, HEAD, OPTIONS, TRACE, PUT, DELETE) or with a field Idempotency-Key, and any of which nothing was sent; a body has to be a [Rewinder]. What
// it sends again for are the statuses of its configuration, and errors of the phases PhaseConnect, PhaseSend, PhaseWait and PhaseHead, but for those that would come again: of TLS, of a
// name that does not exist, of a head that is malformed.
//
// It waits as long as Retry-After says, or else some time that doubles, on the clock of the loop. When it gives up, the last response is that of Do, whatever its status, or the
// last error is, with the number of attempts in its text. A body that is cut off is not retried: [RetryAgent] is done when the head is there.
//
// It is put directly around an [Agent], below a [CookieAgent] and a [RedirectAgent]. The Agent itself retries once, at no cost, what failed on a kept connection.
type RetryAgent struct {
	inner  Doer
	cfg    RetryConfig
	budget float64 // what may be spent
	stats  RetryStats
}

// NewRetryAgent returns a RetryAgent that sends by inner.
func NewRetryAgent(inner Doer, cfg RetryConfig) *RetryAgent {
	cfg.Attempts = max(cmp.Or(cfg.Attempts, 4), 1)
	cfg.Base = cmp.Or(max(cfg.Base, 0), 500*time.Millisecond)
	cfg.Max = cmp.Or(max(cfg.Max, 0), 30*time.Second)
	cfg.MaxRetryAfter = cmp.Or(cfg.MaxRetryAfter, time.Minute)
	cfg.Whole = cmp.Or(cfg.Whole, 2*time.Minute)
	cfg.Budget = cmp.Or(cfg.Budget, 0.2)
	cfg.BudgetMax = cmp.Or(max(cfg.BudgetMax, 0), 10)
	if cfg.Statuses == nil {
		cfg.Statuses = []int{408, 425, 429, 502, 503, 504}
	}
	cfg.Statuses = slices.Clone(cfg.Statuses)
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	return &RetryAgent{inner: inner, cfg: cfg, budget: cfg.BudgetMax}
}

// Loop returns the loop of the inner Doer. Safe from any goroutine.
func (a *RetryAgent) Loop() protocol.Loop { return a.inner.Loop() }

// Unwrap returns the inner Doer.
func (a *RetryAgent) Unwrap() Doer { return a.inner }

// Stats returns the counters. Loop only.
func (a *RetryAgent) Stats() RetryStats { return a.stats }

// Do sends r, again if need be. Loop only.
func (a *RetryAgent) Do(r *Request) *deferred.Deferred[*Response] {
	a.stats.Requests++
	if a.cfg.Budget > 0 {
		a.budget = min(a.budget+a.cfg.Budget, a.cfg.BudgetMax)
	}
	loop := a.inner.Loop()
	t := &retrial{agent: a, first: r, end: deadlineOf(loop, r)}
	if a.cfg.Whole > 0 {
		t.last = loop.Now().Add(a.cfg.Whole)
	}
	return t.send(r)
}

// A retrial is one call of Do.
type retrial struct {
	agent *RetryAgent
	first *Request
	end   deadline
	last  time.Time // when the last attempt may begin; zero if there is no bound
	count int
}

func (t *retrial) send(r *Request) *deferred.Deferred[*Response] {
	t.count++
	return t.agent.inner.Do(r).AddBothD(func(resp *Response, err error) *deferred.Deferred[*Response] { return t.answered(r, resp, err) })
}

// answered returns the result of an attempt, or of the next one.
func (t *retrial) answered(r *Request, resp *Response, err error) *deferred.Deferred[*Response] {
	loop := t.agent.inner.Loop()
	if wait, ok := t.retry(r, resp, err); ok {
		t.agent.stats.Retries++
		if resp == nil {
			return deferred.ThenD(t.pause(r, wait), t.next)
		}
		return deferred.ThenD(drained(r, resp), func(struct{}) *deferred.Deferred[*Response] {
			return deferred.ThenD(t.pause(r, wait), t.next)
		})
	}
	if err != nil {
		return deferred.FailOn[*Response](loop, t.final(err))
	}
	return deferred.SucceedOn(loop, resp)
}

// final returns err with the number of attempts.
func (t *retrial) final(err error) error {
	var e *Error
	if t.count == 1 || !errors.As(err, &e) {
		return err
	}
	counted := *e
	counted.Err = fmt.Errorf("attempt %d: %w", t.count, e.Err)
	return &counted
}

// retry tells whether there is another attempt, and after what time.
func (t *retrial) retry(r *Request, resp *Response, err error) (time.Duration, bool) {
	a, loop := t.agent, t.agent.inner.Loop()
	if err == nil && !slices.Contains(a.cfg.Statuses, resp.Status) || errors.Is(err, deferred.ErrCancelled) {
		return 0, false
	}
	if t.count >= a.cfg.Attempts {
		if t.count > 1 {
			a.stats.Exhausted++
		}
		return 0, false
	}
	wait, ok := a.wait(t.count, resp, loop.Now())
	ok = ok && a.mayRepeat(r, err) && replayable(t.first)
	if a.cfg.Policy != nil {
		ok = a.cfg.Policy(RetryAttempt{Request: r, Number: t.count, Response: resp, Err: err, Wait: wait, Retry: ok}) && replayable(t.first)
	}
	begin := loop.Now().Add(wait)
	switch {
	case !ok:
		return 0, false
	case !t.last.IsZero() && begin.After(t.last), !t.end.at.IsZero() && !begin.Before(t.end.at):
		a.stats.Exhausted++
		return 0, false
	case a.cfg.Budget > 0 && a.budget < 1:
		a.stats.Refused++
		return 0, false
	case a.cfg.Budget > 0:
		a.budget--
	}
	return wait, true
}

// mayRepeat reports whether r may be sent again after err, or a status if it is nil.
func (a *RetryAgent) mayRepeat(r *Request, err error) bool {
	safe := r.Header.Has("Idempotency-Key")
	switch methodOf(r) {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		safe = true
	}
	var e *Error
	if err == nil {
		return safe
	}
	if !errors.As(err, &e) {
		return false
	}
	switch e.Phase {
	case PhaseConnect:
		return transient(err)
	case PhaseSend, PhaseWait, PhaseHead:
		return safe && transient(err)
	}
	return false
}

// transient reports whether err may be gone the next time.
func transient(err error) bool {
	return !errors.Is(err, protocol.ErrProtocolViolation) && !errors.Is(err, protocol.ErrTLS) &&
		(!errors.Is(err, protocol.ErrUnknownHost) || errors.Is(err, protocol.ErrDNSLookup))
}

func replayable(r *Request) bool {
	if r.Body == nil {
		return true
	}
	_, ok := r.Body.(Rewinder)
	return ok
}

// pause fires when the time has come. If it is cancelled it fails as a request does.
func (t *retrial) pause(r *Request, wait time.Duration) *deferred.Deferred[struct{}] {
	loop := t.agent.inner.Loop()
	var timer protocol.DelayedCall
	d := deferred.NewCancellable(loop, func(d *deferred.Deferred[struct{}]) {
		timer.Cancel()
		d.Errback(failed(r, PhaseWait, deferred.ErrCancelled, nil))
	})
	timer = loop.CallLater(wait, func() { d.Callback(struct{}{}) })
	return d
}

// next sends the request again.
func (t *retrial) next(struct{}) *deferred.Deferred[*Response] {
	loop := t.agent.inner.Loop()
	r := cloned(t.first)
	body, _, err := again(t.first.Body)
	if err != nil {
		return deferred.FailOn[*Response](loop, failed(r, PhaseBody, err, nil))
	}
	r.Body = body
	if err := t.end.hand(loop, r); err != nil {
		return deferred.FailOn[*Response](loop, failed(r, PhaseWait, fmt.Errorf("the time for all attempts is over: %w", os.ErrDeadlineExceeded), nil))
	}
	return t.send(r)
}

var _ Doer = (*RetryAgent)(nil)
