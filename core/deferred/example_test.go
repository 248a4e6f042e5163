// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred_test

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func Example() {
	loop := protocoltest.NewClock()

	d := deferred.New[string](loop)
	loop.CallLater(time.Second, func() { d.Callback("42") })

	deferred.Then(d, strconv.Atoi).AddTimeout(5*time.Second, loop).Done(func(n int, err error) {
		fmt.Println(n, err)
	})
	loop.Advance(time.Second)
	// Output: 42 <nil>
}

func ExampleGo() {
	loop := protocoltest.NewClock()
	question, answer := deferred.New[string](loop), deferred.New[int](loop)

	deferred.Go(loop, func(co *deferred.Coroutine) (string, error) {
		q, err := deferred.Await(co, question)
		if err != nil {
			return "", err
		}
		n, err := deferred.Await(co, answer)
		return fmt.Sprintf("%s %d", q, n), err
	}).Done(func(s string, err error) { fmt.Println(s, err) })

	question.Callback("6 times 7 is")
	answer.Callback(42)
	// Output: 6 times 7 is 42 <nil>
}

func ExampleDeferred_AddCallbacks() {
	d := deferred.New[int](nil)
	d.AddCallback(func(v int) (int, error) {
		if v > 10 {
			return 0, errors.New("too large")
		}
		return v * 2, nil
	})
	d.AddErrback(func(err error) (int, error) {
		fmt.Println("repaired:", err)
		return 10, nil
	})
	d.Done(func(v int, err error) { fmt.Println(v, err) })
	d.Callback(11)
	// Output:
	// repaired: too large
	// 10 <nil>
}

func ExampleGather() {
	a, b := deferred.New[int](nil), deferred.New[int](nil)
	deferred.Gather(a, b).Done(func(vs []int, err error) { fmt.Println(vs, err) })
	b.Callback(2)
	a.Callback(1)
	// Output: [1 2] <nil>
}

func ExampleRunWith() {
	lock := deferred.NewLock(nil)
	work := deferred.New[int](nil)
	deferred.RunWith(lock, func() *deferred.Deferred[int] {
		fmt.Println("first begins")
		return work.AddCallback(func(v int) (int, error) { fmt.Println("first ends"); return v, nil })
	})
	deferred.RunWith(lock, func() *deferred.Deferred[int] {
		fmt.Println("second begins")
		return nil
	})
	work.Callback(0)
	// Output:
	// first begins
	// first ends
	// second begins
}
