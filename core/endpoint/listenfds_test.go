// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
)

// environ is an Environment in memory.
type environ map[string]string

func (e environ) LookupEnv(key string) (string, bool) { v, ok := e[key]; return v, ok }
func (e environ) Unsetenv(key string) error           { delete(e, key); return nil }

func TestParseListenFDs(t *testing.T) {
	for _, tt := range []struct {
		env   environ
		fds   []int
		names string
		left  []string
	}{
		// Without names, or with too few, descriptors are usable by index: Twisted 24.7 gives none, a defect.
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "2"}, []int{3, 4}, `["" ""]`, nil},
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"}, []int{3, 4}, `["a" "b"]`, []string{"LISTEN_FDNAMES"}},
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a"}, []int{3, 4}, `["a" ""]`, []string{"LISTEN_FDNAMES"}},
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a:b"}, []int{3}, `["a"]`, []string{"LISTEN_FDNAMES"}},
		{environ{"LISTEN_PID": "1", "LISTEN_FDS": "2"}, []int{}, `[]`, []string{"LISTEN_FDS", "LISTEN_PID"}},
		{environ{"LISTEN_FDS": "2"}, []int{}, `[]`, []string{"LISTEN_FDS"}},
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "x"}, []int{}, `[]`, []string{"LISTEN_FDS", "LISTEN_PID"}},
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "-1"}, []int{}, `[]`, []string{"LISTEN_FDS", "LISTEN_PID"}},
		{environ{"LISTEN_PID": "7", "LISTEN_FDS": "999999999"}, []int{}, `[]`, []string{"LISTEN_FDS", "LISTEN_PID"}},
		{environ{"LISTEN_PID": "7"}, []int{}, `[]`, []string{"LISTEN_PID"}},
		{environ{}, []int{}, `[]`, nil},
	} {
		t.Run(fmt.Sprint(tt.env), func(t *testing.T) {
			l := endpoint.ParseListenFDs(tt.env, 7)
			names := []string{}
			for i := range l.FDs() {
				names = append(names, l.Name(i))
			}
			if !slices.Equal(l.FDs(), tt.fds) || fmt.Sprintf("%q", names) != tt.names {
				t.Errorf("got %v %q", l.FDs(), names)
			}
			if left := slices.Sorted(maps.Keys(tt.env)); !slices.Equal(left, tt.left) {
				t.Errorf("left %v, want %v", left, tt.left)
			}
			if l.Name(-1) != "" || l.Name(len(tt.fds)) != "" {
				t.Error("names out of range")
			}
		})
	}
}
