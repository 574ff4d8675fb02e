package resolve

// forest is a union-find over positions.
type forest struct {
	parent []int32
	size   []int32
}

func newForest(n int) forest {
	f := forest{make([]int32, n), make([]int32, n)}
	for i := range f.parent {
		f.parent[i], f.size[i] = int32(i), 1
	}
	return f
}

func (f *forest) find(i int32) int32 {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

// union joins the sets of i and j and returns the root that stays and the one
// that goes; they are equal if it was one set.
func (f *forest) union(i, j int32) (stays, goes int32) {
	i, j = f.find(i), f.find(j)
	if i == j {
		return i, j
	}
	if f.size[i] < f.size[j] {
		i, j = j, i
	}
	f.parent[j] = i
	f.size[i] += f.size[j]
	return i, j
}

func (f *forest) add() int32 {
	i := int32(len(f.parent))
	f.parent, f.size = append(f.parent, i), append(f.size, 1)
	return i
}
