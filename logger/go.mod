module github.com/torsion-go/torsion/logger

go 1.26.0
