// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package adbapi

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// named returns what sql.Open would connect by.
func named(driverName, dataSource string) (driver.Connector, error) {
	db, err := sql.Open(driverName, dataSource)
	if err != nil {
		return nil, fmt.Errorf("adbapi: %w", err)
	}
	defer db.Close() // it has not connected
	d := db.Driver()
	if with, ok := d.(driver.DriverContext); ok {
		c, err := with.OpenConnector(dataSource)
		if err != nil {
			return nil, fmt.Errorf("adbapi: %w", err)
		}
		return c, nil
	}
	return &dataSourceConnector{d, dataSource}, nil
}

// A dataSourceConnector connects by a driver of the older kind.
type dataSourceConnector struct {
	driver     driver.Driver
	dataSource string
}

func (c *dataSourceConnector) Connect(context.Context) (driver.Conn, error) {
	return c.driver.Open(c.dataSource)
}
func (c *dataSourceConnector) Driver() driver.Driver { return c.driver }

// A preparing connector gives each new connection some statements.
type preparing struct {
	driver.Connector
	statements []string
}

func (p *preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range p.statements {
		if err := execute(ctx, c, statement); err != nil {
			c.Close()
			return nil, fmt.Errorf("adbapi: a new connection did not take %q: %w", statement, err)
		}
	}
	return c, nil
}

// execute runs a statement without arguments on a driver's connection, whichever of its interfaces it has.
func execute(ctx context.Context, c driver.Conn, statement string) error {
	if e, ok := c.(driver.ExecerContext); ok {
		if _, err := e.ExecContext(ctx, statement, nil); err != driver.ErrSkip {
			return err
		}
	}
	var s driver.Stmt
	var err error
	if p, ok := c.(driver.ConnPrepareContext); ok {
		s, err = p.PrepareContext(ctx, statement)
	} else {
		s, err = c.Prepare(statement)
	}
	if err != nil {
		return err
	}
	defer s.Close()
	if e, ok := s.(driver.StmtExecContext); ok {
		_, err = e.ExecContext(ctx, nil)
	} else {
		_, err = s.Exec(nil) //lint:ignore SA1019 all that an older driver has
	}
	return err
}
