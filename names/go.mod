module github.com/torsion-go/torsion/names

go 1.26.0
