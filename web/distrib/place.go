// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package distrib

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/static"
)

// A place is what a user has. Immutable, but replaced when it is old.
type place struct {
	user    SystemUser
	files   *static.Files // nil without the folder
	socket  bool          // there is one
	sub     *Subscription // nil without a socket; kept from place to place
	checked time.Time
}

// known returns the place of a user, nil for nobody's, if it is known well enough.
func (d *UserDirectory) known(name string, now time.Time) (*place, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.users == nil || now.Sub(d.read) >= d.cfg.Recheck {
		return nil, false
	}
	if _, ok := d.users[name]; !ok {
		return nil, true
	}
	p := d.places[name]
	return p, p != nil && now.Sub(p.checked) < d.cfg.Recheck
}

// accounts returns the users by name. It blocks.
func (d *UserDirectory) accounts(now time.Time) (map[string]SystemUser, error) {
	d.mu.Lock()
	users, read := d.users, d.read
	d.mu.Unlock()
	if users != nil && now.Sub(read) < d.cfg.Recheck {
		return users, nil
	}
	all, err := d.cfg.Users()
	if err != nil {
		return nil, err
	}
	users = make(map[string]SystemUser)
	for _, u := range all {
		if u.UID >= d.cfg.MinUID {
			users[u.Name] = u
		}
	}
	d.mu.Lock()
	d.users, d.read = users, now
	d.mu.Unlock()
	return users, nil
}

// look returns the place of a user, nil for nobody's. It blocks.
func (d *UserDirectory) look(name string, now time.Time) (*place, error) {
	users, err := d.accounts(now)
	if err != nil {
		return nil, err
	}
	u, ok := users[name]
	if !ok {
		return nil, nil
	}
	p := &place{user: u, checked: now}
	p.files, p.socket = d.open(u)
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.places[name]; old != nil && old.user == u {
		p.sub = old.sub
	} else if old != nil && old.sub != nil {
		old.sub.Close()
	}
	if p.socket && p.sub == nil {
		path := filepath.Join(u.Home, SocketName)
		cfg := d.cfg.Subscription
		cfg.Address = "unix:" + endpoint.QuoteArgument(path)
		if cfg.Logger == nil {
			cfg.Logger = d.cfg.Logger
		}
		if p.sub, err = newSubscription(cfg, path, u.UID); err != nil {
			return nil, err
		}
	}
	if d.places[name] == nil && len(d.places) >= d.cfg.MaxUsers {
		d.evict()
	}
	d.places[name] = p
	return p, nil
}

// evict drops the place that was looked at longest ago. Its files are closed by the garbage collector when nothing is sent any more. It needs mu.
func (d *UserDirectory) evict() {
	var victim *place
	for _, p := range d.places {
		if victim == nil || p.checked.Before(victim.checked) {
			victim = p
		}
	}
	delete(d.places, victim.user.Name)
	if victim.sub != nil {
		victim.sub.Close()
	}
}

// open looks for what a user has. What does not belong to the user does not count: the process may be root's, to whom a link could lead anywhere.
func (d *UserDirectory) open(u SystemUser) (files *static.Files, socket bool) {
	home, err := os.OpenRoot(u.Home)
	if err != nil {
		return nil, false
	}
	defer home.Close()
	if folder, err := home.OpenRoot(d.cfg.Folder); err == nil {
		if info, err := folder.Stat("."); err == nil && belongs(info, u) {
			files = static.Root(folder, d.cfg.Static)
		} else {
			folder.Close()
		}
	}
	info, err := home.Lstat(SocketName)
	return files, err == nil && info.Mode().Type() == fs.ModeSocket && belongs(info, u)
}

func belongs(info fs.FileInfo, u SystemUser) bool {
	uid, ok := ownerOf(info)
	return ok && uid == u.UID
}

// all returns the names of those who have something, as their paths want them. It blocks.
func (d *UserDirectory) all(now time.Time) ([]string, error) {
	if !d.listing.TryLock() {
		return nil, &web.StatusError{Status: 503, Detail: "The list is just being made."}
	}
	defer d.listing.Unlock()
	d.mu.Lock()
	names, listed := d.names, d.listed
	d.mu.Unlock()
	if !listed.IsZero() && now.Sub(listed) < d.cfg.Recheck {
		return names, nil
	}
	users, err := d.accounts(now)
	if err != nil {
		return nil, err
	}
	names = nil
	for _, u := range users {
		files, socket := d.open(u)
		if files != nil {
			files.Close()
			names = append(names, u.Name)
		}
		if socket {
			names = append(names, u.Name+SocketName)
		}
	}
	slices.Sort(names)
	d.mu.Lock()
	d.names, d.listed = names, now
	d.mu.Unlock()
	return names, nil
}
