package registry

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

// A role is what it links to: two records tell of one role only if their holders
// are one golden record. So what a pair of roles weighs is as persons and
// organisations are resolved, and is weighed anew when they are resolved otherwise.

// holderScheme is what the holder's golden id is compared as.
const holderScheme = model.Scheme("holder")

// neverOneRole is what two roles of different holders or of different sorts
// weigh, in thousandths of a bit.
const neverOneRole = -30_000

// The codes of what forbids that two records are one role, whatever they weigh.
const (
	reasonOtherHolder   = "other-holder"
	reasonOtherRoleType = "other-role-type"
	reasonNoHolder      = "holder-unknown" // a steward may say so, evidence does not
)

// leads is where a role's links lead, and what sort of role it is.
type leads struct {
	holder, organisation model.EntityID // golden ids; zero when they lead nowhere
	types                []string
}

// forbids is the code of what speaks against one role with both, or empty.
func (l *leads) forbids(o *leads) string {
	if !l.holder.IsZero() && !o.holder.IsZero() && l.holder != o.holder {
		return reasonOtherHolder
	}
	if len(l.types) > 0 && len(o.types) > 0 && !slices.ContainsFunc(l.types, func(t string) bool { return slices.Contains(o.types, t) }) {
		return reasonOtherRoleType
	}
	if l.holder.IsZero() || o.holder.IsZero() {
		return reasonNoHolder
	}
	return ""
}

// otherSorts keep roles of different sorts apart, also where one that tells no sort
// stands between them: an employment is never the duty that it is done in.
func otherSorts(nodes []*node) []resolve.Edge {
	var out []resolve.Edge
	to := make([]leads, len(nodes))
	for i, n := range nodes {
		if n.head.Key.Kind == model.Role {
			to[i].types = roleTypes(n.says())
		}
		for j := range i {
			if to[i].forbids(&to[j]) == reasonOtherRoleType {
				out = append(out, resolve.Edge{A: j, B: i, Cannot: true, Reasons: []resolve.Reason{{
					Code: reasonOtherRoleType, Property: ontology.RoleType, Constraint: resolve.CannotLink,
				}}})
			}
		}
	}
	return out
}

func roleTypes(rec *model.Record) []string {
	var out []string
	for _, st := range rec.Statements {
		if c, ok := st.Value.(model.Code); ok && st.Property == ontology.RoleType {
			out = append(out, c.Notation)
		}
	}
	return out
}

// boundRole is the weight of two roles given where their links lead.
func (r *Registry) boundRole(a, b *leads, weight int32) int32 {
	switch a.forbids(b) {
	case reasonOtherHolder, reasonOtherRoleType:
		return min(weight, neverOneRole)
	case reasonNoHolder:
		return min(weight, stored(float32(r.policy.BandsOf(model.Role).Link))-1)
	}
	return weight
}

// proofOf is what a scheme proves in a table of a kind.
func (r *Registry) proofOf(s model.Scheme) model.Proof {
	if s == holderScheme {
		return model.Proof{Kinds: []model.Kind{model.Role}, Exclusive: string(holderScheme)}
	}
	return r.policy.ProofOf(s)
}

// opaque is a golden id as it is compared: the same or not, never alike.
func (r *Registry) opaque(id model.EntityID) string {
	if id.IsZero() {
		return ""
	}
	h := r.keys.Hash(seal.DomainArtifact, []byte(holderScheme), id[:])
	return hex.EncodeToString(h[:])
}

// leadsOf finds where the links of records lead, as their targets are resolved
// now. Of records that are no roles nothing is found.
func (u *unit) leadsOf(nodes []*node) ([]leads, error) {
	out := make([]leads, len(nodes))
	asking := cluster{}
	for _, n := range nodes {
		if n.rec != nil && n.head.Key.Kind == model.Role {
			asking.live = append(asking.live, n)
		}
	}
	if len(asking.live) == 0 {
		return out, nil
	}
	f := u.newReferences()
	if err := f.read([]*cluster{&asking}); err != nil {
		return nil, err
	}
	for i, n := range nodes {
		if n.rec == nil || n.head.Key.Kind != model.Role {
			continue
		}
		out[i].types = roleTypes(n.rec)
		for _, st := range n.rec.Statements {
			l, ok := st.Value.(model.Link)
			switch {
			case !ok:
			case st.Property == ontology.RoleHolder && out[i].holder.IsZero():
				out[i].holder = f.golden[f.key(l.Ref)]
			case st.Property == ontology.RoleOrganisation && out[i].organisation.IsZero():
				out[i].organisation = f.golden[f.key(l.Ref)]
			}
		}
	}
	return out, nil
}

// leadsIn is leadsOf for records as they are read.
func (r *Registry) leadsIn(ctx context.Context, from graph.Reader, heads []graph.Head, said []*model.Record) ([]leads, error) {
	nodes := make([]*node, len(heads))
	for i, h := range heads {
		nodes[i] = &node{before: h, head: h, rec: said[i]}
	}
	return r.newUnit(ctx, from, 0).leadsOf(nodes)
}

// reweighRoles weighs the pairs of roles anew whose links may lead elsewhere by
// now, and forms the clusters of those roles anew. It is false when it had nothing
// to do: then every pair of a role in a dirty cluster is as it is to be.
func (u *unit) reweighRoles() (bool, error) {
	if !u.matched[model.Role] {
		return false, nil
	}
	var roles []*node
	for _, c := range u.clusters {
		if c.kind != model.Role || !c.dirty && !u.asked {
			continue
		}
		for _, n := range c.live {
			if !u.roles[n.head.ID] {
				roles = append(roles, n)
			}
		}
	}
	if len(roles) == 0 {
		return false, nil
	}
	slices.SortFunc(roles, func(a, b *node) int { return a.head.ID.Compare(b.head.ID) })
	if u.roles == nil {
		u.roles = map[model.EntityID]bool{}
	}
	elsewhere := u.resolvedOtherwise()
	for _, n := range roles {
		u.roles[n.head.ID] = true
		if elsewhere {
			u.writes.unmatch(n)
		}
	}
	if _, err := u.paired(roles, nil); err != nil {
		return false, err
	}
	var pairs []*graph.Pair
	var ends []model.EntityID
	for _, p := range u.pairs {
		if p.Kind == model.Role && (u.roles[p.A] || u.roles[p.B]) {
			pairs, ends = append(pairs, p), append(ends, p.A, p.B)
		}
	}
	if len(pairs) == 0 {
		return false, nil
	}
	if _, err := u.load(ends); err != nil {
		return false, err
	}
	touched, err := u.weighRoles(pairs)
	if err != nil || len(touched) == 0 {
		return false, err
	}
	return true, u.reform(touched)
}

// resolvedOtherwise tells whether what roles lead to may be other than it was: then
// they are to be matched again, for they are found by it.
func (u *unit) resolvedOtherwise() bool {
	if u.keysDone {
		return false // a rebuild changes no record
	}
	for _, n := range u.nodes {
		if n.head.Key.Kind != model.Role && (n.changed || n.head.Golden != n.before.Golden) {
			return true
		}
	}
	return false
}

// weighRoles weighs pairs of live roles by the models that weighed them, of
// changed ones by today's, and gives the roles whose clusters may be otherwise.
func (u *unit) weighRoles(pairs []*graph.Pair) ([]*node, error) {
	now, err := u.r.modelOf(u.ctx, u.from, model.Role)
	if err != nil || now == nil {
		return nil, err
	}
	byModel := map[*storedModel][]*graph.Pair{}
	for _, p := range pairs {
		a, b := u.nodes[p.A], u.nodes[p.B]
		if a == nil || b == nil || a.rec == nil || b.rec == nil {
			continue
		}
		m := now
		if !u.isStale(p) {
			had, err := u.r.modelWith(u.ctx, u.from, model.Role, p.Model)
			if err != nil {
				return nil, err
			}
			if had != nil {
				m = had
			}
		}
		byModel[m] = append(byModel[m], p)
	}
	var touched []*node
	for m, pairs := range byModel {
		changed, err := u.weighPairs(model.Role, pairs, m)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			if u.links(p) || slices.Contains(changed, p) {
				touched = append(touched, u.nodes[p.A], u.nodes[p.B])
			}
		}
	}
	slices.SortFunc(u.writes.pairsPut, func(a, b graph.Pair) int { return a.Compare(b.PairKey) })
	u.indexPairs()
	return touched, nil
}

// reform forms the clusters of roles anew, with all that bears on them.
func (u *unit) reform(roles []*node) error {
	for frontier := roles; len(frontier) > 0; {
		if err := u.close(frontier); err != nil {
			return err
		}
		frontier = nil
		for _, n := range u.nodes {
			if n.head.Key.Kind == model.Role && !u.closed[n.head.ID] {
				frontier = append(frontier, n)
			}
		}
		slices.SortFunc(frontier, func(a, b *node) int { return a.head.ID.Compare(b.head.ID) })
	}
	u.indexPairs()
	u.judged = nil
	if err := u.loadJudgements(); err != nil {
		return err
	}
	anew := make(map[*node]bool, len(roles))
	for _, n := range roles {
		anew[n] = true
	}
	for _, component := range u.components(roles) {
		if !slices.ContainsFunc(component, func(n *node) bool { return anew[n] }) {
			continue
		}
		in := make(map[model.EntityID]bool, len(component))
		for _, n := range component {
			in[n.head.ID] = true
			delete(u.clusters, n.head.Golden)
		}
		u.conflicts = slices.DeleteFunc(u.conflicts, func(c resolve.Conflict) bool {
			return slices.ContainsFunc(c.Records, func(id model.EntityID) bool { return in[id] })
		})
		if err := u.formComponent(component); err != nil {
			return err
		}
		for _, n := range component {
			u.clusters[n.head.Golden].dirty = true
		}
	}
	return nil
}

// weighPairs weighs pairs of records in sight by a model, and gives those that
// weigh otherwise than they did.
func (u *unit) weighPairs(kind model.Kind, pairs []*graph.Pair, m *storedModel) ([]*graph.Pair, error) {
	at := map[model.EntityID]int{}
	var nodes []*node
	row := func(id model.EntityID) (int, bool) {
		if i, ok := at[id]; ok {
			return i, true
		}
		n := u.nodes[id]
		if n == nil || n.says() == nil {
			return 0, false
		}
		i := len(at)
		at[id], nodes = i, append(nodes, n)
		return i, true
	}
	places := make([][2]int, 0, len(pairs))
	kept := make([]*graph.Pair, 0, len(pairs))
	for _, p := range pairs {
		a, okA := row(p.A)
		b, okB := row(p.B)
		if okA && okB {
			places, kept = append(places, [2]int{a, b}), append(kept, p)
		}
	}
	w, err := u.weigher(kind, nodes, m.Model)
	if err != nil {
		return nil, err
	}
	var changed []*graph.Pair
	for i, p := range kept {
		weight := w.weigh(places[i][0], places[i][1])
		band := u.r.bandOf(kind, weight)
		if weight == p.Weight && band == p.Band && m.hash == p.Model {
			continue
		}
		p.Weight, p.Band, p.Model, p.Revision = weight, band, m.hash, u.rev
		u.writes.pairsPut = append(u.writes.pairsPut, *p)
		changed = append(changed, p)
	}
	return changed, nil
}

// weigher weighs records of a kind, of which there are few, as they are stored.
type weigher struct {
	*match.Weigher
	r     *Registry
	kind  model.Kind
	leads []leads
}

func (w *weigher) weigh(a, b int) int32 {
	weight := stored(w.Weigh(a, b))
	if w.kind == model.Role {
		return w.r.boundRole(&w.leads[a], &w.leads[b], weight)
	}
	return weight
}

// weigher is one for nodes; those of another kind have their places, and say
// nothing.
func (u *unit) weigher(kind model.Kind, nodes []*node, m *match.Model) (*weigher, error) {
	table, err := u.r.newRows(kind)
	if err != nil {
		return nil, err
	}
	to, err := u.leadsOf(nodes)
	if err != nil {
		return nil, fmt.Errorf("read where %d roles lead: %w", len(nodes), err)
	}
	for i, n := range nodes {
		if n.head.Key.Kind == kind {
			table.add(n.says(), &to[i])
		} else {
			table.add(&model.Record{}, &to[i])
		}
	}
	return &weigher{match.NewWeigher(table.Table(), m), u.r, kind, to}, nil
}
