// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package privilege

import (
	"fmt"
	"os/user"
	"slices"
	"strconv"
)

// An Identity is whom a process is to run as.
type Identity struct {
	UID, GID int   // -1 leaves it as it is
	Groups   []int // the supplementary groups, used where UID or GID is not -1
}

// maxID bounds numbers: the largest one means "none" to the system.
const maxID = 1<<32 - 2

// UID returns the number of a user, given by name or number. A number need not be any user's. Twisted: uidFromString.
func UID(name string) (int, error) {
	if n, ok, err := number(name, "user"); ok {
		return n, err
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, fmt.Errorf("there is no user %q", name)
	}
	return strconv.Atoi(u.Uid)
}

// GID returns the number of a group, given by name or number. Twisted: gidFromString.
func GID(name string) (int, error) {
	if n, ok, err := number(name, "group"); ok {
		return n, err
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("there is no group %q", name)
	}
	return strconv.Atoi(g.Gid)
}

func number(s, what string) (n int, ok bool, err error) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false, nil
	}
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil || v > maxID {
		return 0, true, fmt.Errorf("%q is no number of a %s", s, what)
	}
	return int(v), true, nil
}

// Lookup returns the identity of a user and a group, each by name or number, and "" for as it is. Without a group it is the user's own; the supplementary groups
// are the user's, or only the group where the user is nobody that the system knows.
func Lookup(uid, gid string) (Identity, error) {
	id := Identity{UID: -1, GID: -1}
	var err error
	if gid != "" {
		if id.GID, err = GID(gid); err != nil {
			return id, err
		}
		id.Groups = []int{id.GID}
	}
	if uid == "" {
		return id, nil
	}
	if id.UID, err = UID(uid); err != nil {
		return id, err
	}
	u, err := user.LookupId(strconv.Itoa(id.UID))
	if err != nil { // a number without a name
		if id.GID < 0 {
			return id, fmt.Errorf("user %s has no entry in the system's list, so its group has to be given", uid)
		}
		return id, nil
	}
	if id.GID < 0 {
		if id.GID, err = strconv.Atoi(u.Gid); err != nil {
			return id, fmt.Errorf("user %s: %w", uid, err)
		}
	}
	id.Groups = []int{id.GID}
	groups, err := u.GroupIds()
	if err != nil {
		return id, fmt.Errorf("the groups of user %s: %w", uid, err)
	}
	for _, g := range groups {
		if n, err := strconv.Atoi(g); err == nil && !slices.Contains(id.Groups, n) {
			id.Groups = append(id.Groups, n)
		}
	}
	return id, nil
}

// IsZero reports whether the identity changes nothing.
func (id Identity) IsZero() bool { return id.UID < 0 && id.GID < 0 }
