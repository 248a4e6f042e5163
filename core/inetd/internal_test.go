// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"runtime"
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	now := time.Unix(1000, 0)
	var r rate
	for i, tt := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {time.Second, true}, {time.Second, true}, {time.Second, false}, {57*time.Second - 1, false}, {1, true}, {0, true}, {0, true}, {0, false}, {time.Hour, true}} {
		now = now.Add(tt.after)
		if got := r.allow(now, 3); got != tt.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

func TestAccount(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("programs are not started there, and nobody's number is a decimal one")
	}
	for name, want := range map[string]string{
		"nobody-at-all": "there is no user nobody-at-all", "root:nothing": "there is no group nothing", "root.nothing": "there is no group nothing", "4294967296": "there is no user",
		"": "there is no user",
	} {
		user, group := name, ""
		if len(name) > 5 && name[4] == ':' {
			user, group = name[:4], name[5:]
		}
		if u, err := account(user, group); err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("%q: %v, %v", name, u, err)
		}
	}
}
