// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package privilege

import (
	"os/user"
	"reflect"
	"strconv"
	"testing"
)

func TestLookup(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	uid, err := strconv.Atoi(me.Uid)
	if err != nil {
		t.Skip("users have no numbers here")
	}
	gid, err := strconv.Atoi(me.Gid)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		uid, gid string
		want     Identity
		err      string
	}{
		{"", "", Identity{UID: -1, GID: -1}, ""},
		{"", "2147483646", Identity{-1, 2147483646, []int{2147483646}}, ""},
		{"1999999999", "1999999998", Identity{1999999999, 1999999998, []int{1999999998}}, ""},
		{"1999999999", "", Identity{}, "user 1999999999 has no entry in the system's list, so its group has to be given"},
		{"4294967295", "", Identity{}, `"4294967295" is no number of a user`},
		{"1x", "", Identity{}, `"1x" is no number of a user`},
		{"", "99999999999999999999999", Identity{}, `"99999999999999999999999" is no number of a group`},
		{"no such user", "", Identity{}, `there is no user "no such user"`},
		{"", "no such group", Identity{}, `there is no group "no such group"`},
		{"", "-1", Identity{}, `there is no group "-1"`},
	} {
		got, err := Lookup(tt.uid, tt.gid)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%q, %q: %v, want %s", tt.uid, tt.gid, err, tt.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) || got.IsZero() != (tt.uid == "" && tt.gid == "") {
			t.Errorf("%q, %q: %+v, %v", tt.uid, tt.gid, got, err)
		}
	}
	for _, name := range []string{me.Username, me.Uid} {
		if got, err := Lookup(name, ""); err != nil || got.UID != uid || got.GID != gid || got.Groups[0] != gid {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
