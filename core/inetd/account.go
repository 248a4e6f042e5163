// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/process"
)

// account looks up who a program runs as. It reads the system's lists and blocks. nil means as this process does.
func account(name, group string) (*process.User, error) {
	u, err := findUser(name)
	if dot := strings.LastIndexByte(name, '.'); err != nil && group == "" && dot > 0 && dot < len(name)-1 {
		name, group = name[:dot], name[dot+1:]
		u, err = findUser(name)
	}
	if err != nil {
		return nil, err
	}
	if group != "" {
		if u.GID, err = findGroup(group); err != nil {
			return nil, err
		}
	} else if u.noGroup {
		return nil, fmt.Errorf("user %s has no name, and so no group of its own; write USER:GROUP", name)
	}
	if own := os.Geteuid(); own != 0 {
		if uint32(own) != u.UID || uint32(os.Getegid()) != u.GID {
			return nil, fmt.Errorf("to run a program as user %d, group %d takes root's rights; this process is user %d", u.UID, u.GID, own)
		}
		return nil, nil
	}
	return &u.User, nil
}

// A found user may be a number only.
type found struct {
	process.User
	noGroup bool
}

func findUser(name string) (found, error) {
	u, err := user.Lookup(name)
	if unknown := user.UnknownUserError(""); errors.As(err, &unknown) {
		id, bad := strconv.ParseUint(name, 10, 32)
		if bad != nil {
			return found{}, fmt.Errorf("there is no user %s", name)
		}
		if u, err = user.LookupId(name); err != nil {
			return found{process.User{UID: uint32(id)}, true}, nil
		}
	}
	if err != nil {
		return found{}, fmt.Errorf("user %s: %w", name, err)
	}
	f := found{}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	ids, err3 := u.GroupIds()
	if err := errors.Join(err1, err2, err3); err != nil {
		return found{}, fmt.Errorf("user %s: %w", name, err)
	}
	f.UID, f.GID = uint32(uid), uint32(gid)
	for _, id := range ids {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return found{}, fmt.Errorf("user %s: group %s: %w", name, id, err)
		}
		f.Groups = append(f.Groups, uint32(n))
	}
	return f, nil
}

func findGroup(name string) (uint32, error) {
	text := name
	g, err := user.LookupGroup(name)
	if unknown := user.UnknownGroupError(""); errors.As(err, &unknown) {
		err = nil
	} else if err == nil {
		text = g.Gid
	}
	if err != nil {
		return 0, fmt.Errorf("group %s: %w", name, err)
	}
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("there is no group %s", name)
	}
	return uint32(id), nil
}
