// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import "testing"

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		last  string
		level Level
		want  string
	}{
		{"", Patch, "v1.0.0"},
		{"", Major, "v1.0.0"},
		{"v1.2.3", Patch, "v1.2.4"},
		{"v1.2.3", Minor, "v1.3.0"},
		{"v1.2.3", Major, "v2.0.0"},
		{"v0.2.3", Patch, "v0.2.4"},
		{"v0.2.3", Minor, "v0.3.0"},
		{"v0.2.3", Major, "v0.3.0"},
		{"v1.0.0-rc.1", Minor, "v1.0.0"},
		{"v1.9.10", Minor, "v1.10.0"},
	} {
		if got := next(tt.last, tt.level); got != tt.want {
			t.Errorf("next(%q, %v) = %s, want %s", tt.last, tt.level, got, tt.want)
		}
	}
	for last, want := range map[string]string{"": "v1.0.0-dev", "v1.2.3": "v1.3.0-dev", "v0.1.0": "v0.2.0-dev"} {
		if got := developmentVersion(last); got != want {
			t.Errorf("developmentVersion(%q) = %s, want %s", last, got, want)
		}
	}
}

func TestRefuse(t *testing.T) {
	m := &Module{Name: "core", Versions: []string{"v1.0.0", "v1.2.3"}}
	for _, tt := range []struct {
		version string
		level   Level
		wrong   bool
	}{
		{"v1.2.4", Patch, false},
		{"v1.3.0", Patch, false},
		{"v1.2.4", Minor, true},
		{"v1.3.0", Major, true},
		{"v1.2.3", Patch, true},
		{"v1.2.2", Patch, true},
		{"v2.0.0", Major, true},
		{"v2.0.0-rc.1", Major, true},
	} {
		if got := refuse(m, tt.version, tt.level); (len(got) > 0) != tt.wrong {
			t.Errorf("refuse(%s, %v) = %q", tt.version, tt.level, got)
		}
	}
}
