// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package run

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/torsion-go/torsion/tools/bench/internal/load"
)

// awaited is how long a message may take to get to all connections.
const awaited = time.Minute

// holdRoom is Hold for WebSocket. Unlike the others these connections are attended to all the time: Pings have to be answered.
func holdRoom(cfg load.Config, requests *json.Decoder, answers *json.Encoder) error {
	room, err := load.OpenRoom(cfg)
	if err != nil {
		return err
	}
	defer room.Close()
	asked, ended := make(chan holderRequest), make(chan error, 1)
	left := make(chan struct{})
	defer close(left)
	go func() { // ends with the requests
		for {
			var r holderRequest
			if err := requests.Decode(&r); err != nil {
				ended <- err
				return
			}
			select {
			case asked <- r:
			case <-left:
				return
			}
		}
	}()
	var (
		now     holderRequest // what is under way
		said    int64
		failed  error // of the connections, told upon the next request
		pending bool
		began   time.Time
	)
	for {
		if !pending {
			select {
			case now = <-asked:
				pending, said, began = true, 0, time.Now()
				if failed == nil {
					failed = room.Grow(now.Open)
				}
				if failed == nil && now.Say {
					at, err := room.Say(now.Await)
					said, failed = int64(at), err
				}
			case err := <-ended:
				if err == io.EOF {
					return nil
				}
				return err
			default:
			}
		}
		at, have := room.Have(now.Await)
		if pending && failed == nil && now.Await > 0 && !have && time.Since(began) > awaited {
			failed = fmt.Errorf("message %d has not come to all connections in %v", now.Await, awaited)
		}
		if pending && (failed != nil || now.Await == 0 || have) {
			a := holderAnswer{Said: said, At: int64(at)}
			if failed != nil {
				a.Failed = failed.Error()
			}
			if err := answers.Encode(a); err != nil {
				return err
			}
			pending = false
			continue
		}
		if failed == nil {
			failed = room.Pump()
			continue
		}
		select { // nothing is left to attend to
		case now = <-asked:
			pending = true
		case err := <-ended:
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}
