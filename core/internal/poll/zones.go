// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix || windows

package poll

import "github.com/torsion-go/torsion/core/internal/sys"

// zones remembers the interfaces for IPv6 zones.
type zones struct {
	names   map[uint32]string
	indexes map[string]uint32
}

func (z *zones) name(index uint32) string {
	if name, ok := z.names[index]; ok {
		return name
	}
	name := sys.ZoneName(index)
	z.put(name, index)
	return name
}

func (z *zones) index(name string) uint32 {
	if name == "" {
		return 0
	}
	if index, ok := z.indexes[name]; ok {
		return index
	}
	index := sys.ZoneIndex(name)
	if index != 0 {
		z.put(name, index)
	}
	return index
}

func (z *zones) put(name string, index uint32) {
	if z.names == nil || len(z.names) >= 1024 { // names come from callers: do not keep them all
		z.names, z.indexes = make(map[uint32]string), make(map[string]uint32)
	}
	z.names[index], z.indexes[name] = name, index
}
