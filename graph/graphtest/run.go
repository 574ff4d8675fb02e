package graphtest

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// Run holds an engine to the port's contract. Open gives a new, empty database
// on which Migrate has not been run, and sees to it that the test's end closes
// and removes it; closing it twice must do no harm. Migrated gives one on which
// Migrate has been run, such as a copy of one where that was done once, for the
// tests of everything else; nil is open.
func Run(t *testing.T, open, migrated func(tb testing.TB) graph.Database) {
	if migrated == nil {
		migrated = open
	}
	for _, c := range conformance {
		open := open
		if !strings.HasPrefix(c.name, "Migrate/") {
			open = migrated
		}
		t.Run(c.name, func(t *testing.T) { c.run(newSuite(t, open)) })
	}
	t.Run("RandomHistories", func(t *testing.T) { testRandomHistories(t, open) })
}

// conformance is every test of a promise. Each gets a database of its own.
var conformance = []struct {
	name string
	run  func(*suite)
}{
	{"Migrate/IsNeededOnceAndThenDoesNothing", migrateOnce},
	{"Migrate/WithoutItATenantCannotBeOpened", migrateFirst},
	{"Tenants/AreListedInCodeOrder", tenantsListed},
	{"Tenants/UnknownOneIsAnError", tenantUnknown},
	{"Tenants/CreatingTwiceOpensTheSame", tenantCreatedTwice},
	{"Tenants/CannotSeeEachOther", tenantsApart},
	{"Tenants/ClearingOneLeavesTheOther", tenantClearedAlone},
	{"Tenants/CodesKeepTheirCase", tenantCodesKeepCase},
	{"Close/ThenEveryUseIsErrClosed", closedStore},
	{"Cancel/BeforeACallIsItsError", cancelledBefore},

	{"Revision/StartsAtZero", revisionStartsAtZero},
	{"Revision/CountsOnlyTransactionsThatTakeOne", revisionOnlyWhenTaken},
	{"Revision/IsTheSameWheneverAskedInATransaction", revisionStableInTx},
	{"Revision/LogSaysWhoWhyAndWhen", revisionLog},
	{"Revision/BasisMovesWithTransactionsThatTakeOne", revisionBasis},
	{"Update/FailingLeavesNothing", updateFailing},
	{"Update/PanickingLeavesNothing", updatePanicking},
	{"Update/CancelledLeavesNothing", updateCancelled},
	{"Update/ReadsItsOwnWrites", updateReadsOwnWrites},
	{"Update/ForeseeingChangesNoAnswer", updateForesees},
	{"Update/AheadChangesNoAnswer", updateAhead},
	{"Update/KeepsNoSliceItIsGiven", updateKeepsNoSlice},
	{"Update/TakesEmptySlices", updateEmptySlices},
	{"Update/MayReadAndWriteInsideAnIteration", updateInsideIteration},

	{"Concurrency/EightWritersCommitInOrderWithoutGaps", concurrentWriters},
	{"Concurrency/NoUpdateIsLost", concurrentCounters},
	{"Concurrency/ReadersDoNotWaitForAWriter", readersBesideWriter},
	{"Concurrency/SnapshotDoesNotMove", snapshotStands},
	{"Concurrency/SnapshotsOfEveryMomentAreWhole", snapshotsWhole},
	{"Concurrency/AbandonedIterationsLeakNothing", abandonedIterations},
	{"Concurrency/CancelledIterationIsNeverSilentlyShort", cancelledIterations},
	{"Concurrency/TenantsWriteBesideEachOther", tenantsBeside},

	{"Heads/AnswerInTheOrderAsked", headsInOrder},
	{"Heads/AreReplacedById", headsReplaced},
	{"Heads/AreAddedOnce", headsAdded},
	{"Heads/KnownIsAboutLiveRecords", headsKnown},
	{"Heads/ScanIsBySourceAndPartInIdOrder", headsScanned},
	{"Heads/CountsAreOfLiveOnes", headsCounted},
	{"Versions/AreAppendedAndReadAtARevision", versionsAppended},
	{"Versions/RetractionHasNoDocument", versionRetracted},
	{"Memberships/OldestFirst", membershipsInOrder},
	{"MatchKeys/InKeyThenRecordOrderUnsigned", matchKeys},
	{"Holders/AreThoseNearWhereThereAreNone", holders},
	{"Dangling/WaitingOfAndAll", danglingReferences},
	{"Sealed/InTheOrderAskedAndReplacedByRef", sealedValues},
	{"Deliveries/NewestFirst", deliveries},
	{"Artifacts/TheLatestOfANameCounts", artifacts},

	{"Goldens/UnknownIsAbsent", goldenUnknown},
	{"Goldens/PartsAreReadOnlyWhenAskedFor", goldenParts},
	{"Goldens/ReplacedOneGoesToThePast", goldenReplaced},
	{"Goldens/ReplacedTwiceInOneRevisionIsOneVersion", goldenReplacedTwice},
	{"Goldens/MergedEndedAndBack", goldenStates},
	{"Goldens/AnsweredInTheOrderAsked", goldensInOrder},
	{"Goldens/CountsAreOfLiveOnes", goldensCounted},
	{"Goldens/ScanIsInKindThenIdOrder", goldensScanned},
	{"At/DoesNotMoveAsRevisionsAreWritten", atStands},
	{"At/FutureRevisionIsAnError", atFuture},
	{"At/ListsAndScansAsItWas", atLists},

	{"List/InDisplayOrderBothWaysByPages", listPages},
	{"List/ById", listByID},
	{"List/ShowsOnlyWhatTheClearanceAllows", listDisclosure},
	{"List/OrderIsBytewise", listBytewise},
	{"Find/ExactInIdOrder", findExact},
	{"Find/PrefixInKeyOrderEachOnce", findPrefix},
	{"Find/EveryTermMustMatchAnySpaceMay", findTerms},
	{"Find/PagesAfterAnId", findPages},
	{"Find/ShowsOnlyWhatTheClearanceAllows", findDisclosure},
	{"Find/ForgetsWhatIsNoLongerSaid", findForgets},
	{"Referrers/InOrderByTargetAndProperty", referrers},
	{"LinksTo/AreTheFirstToEachTarget", linksTo},
	{"Referrers/AreOfTheClassesThatAreSeen", linksSeen},
	{"Referrers/ChangeTheirClassWhereTheyAre", linksClassified},
	{"Travel/ReadsWhatStepsWould", travelled},
	{"Referrers/KeepRoleAndPeriodApart", referrersApart},
	{"Referrers/FollowTheirOrigin", referrersFollow},

	{"Changes/HaveNeitherGapNorRepeat", changesGapless},
	{"Changes/SayWhatBecameOfEachId", changesSayStates},
	{"Decisions/OldestFirstNoneRemoved", decisions},
	{"Marks/StayAndAreReadByRecordAndSort", marks},
	{"Pairs/ReplacedByKeyInKeyOrder", pairsReplaced},
	{"Pairs/HeaviestFirst", pairsByWeight},
	{"Pairs/ThatWaitAreCounted", reviewsCounted},
	{"Matching/KeysInOrderEitherWay", indexInOrder},
	{"Matching/ClearingAKindLeavesOthers", indexCleared},
	{"Matching/KindsAreReplaced", matchingsReplaced},
	{"Conflicts/OneAlreadyThereIsKept", conflictsKept},
	{"Quarantine/BySourceInItemOrder", quarantine},
	{"Issues/RecordsBySourceInOrder", flawedListed},
	{"Work/IsCounted", workCounted},
	{"Audit/IsAppendedInOrderAndReadByNumberAndSubject", auditAppended},
	{"Audit/StandsOrFallsWithItsTransaction", auditWithItsTransaction},
	{"Audit/ErasureLeavesTheDigests", auditErased},
	{"Audit/TenantsHaveTheirOwn", auditOfTenants},
	{"Audit/ManyAppendWithoutGaps", auditConcurrent},
	{"Audit/FollowsWhatOthersAppended", auditOfOthers},
	{"Credentials/ByKindAndHashReplacedById", credentials},
	{"Credentials/ExpiredOnesAreTakenAway", credentialsExpired},

	{"Audit/BodiesAreErasedByNumber", auditBodiesErased},

	{"Rectifications/ByStateInIdOrder", rectificationsInOrder},

	{"Erase/LeavesNothingOfWhatItNames", eraseAll},
	{"Erase/LeavesTheRest", eraseLeaves},
	{"Erase/FailingLeavesAllAsItWas", eraseFailing},
	{"Erase/RewritesVersionsAndThePast", eraseRewrites},
	{"Erase/OfATenantIsOfNoOther", eraseOfTenant},
	{"Rehash/TheKeyIsInTheBasis", hashKey},
	{"Rehash/TombstonesAreListedAndReplaced", tombstonesReplaced},
	{"Rehash/ArtifactsAreForgottenByPrefix", artifactsForgotten},
	{"Search/FindsEveryColumn", searchEverything},
	{"Search/OfATenantFindsNothingOfAnother", searchOfTenant},

	{"Rebuild/ThatFindsNothingNewChangesNothing", rebuildSame},
	{"Rebuild/SettlesWhatDiffers", rebuildDiffers},
	{"Rebuild/FailingLeavesAllAsItWas", rebuildFailing},

	{"Load/IsUnseenUntilPublished", loadUnseen},
	{"Load/IsSeenByItsOwnTransactions", loadSeenInside},
	{"Load/ResumesAfterACrash", loadResumes},
	{"Load/NeedsAnEmptyTenant", loadNeedsEmpty},
	{"Load/OfNothingPublishesNothing", loadNothing},
	{"Load/ReplacesWithinItsRevision", loadReplaces},
	{"Load/TakesTermsAwayThatItPut", loadTakesTermsAway},
	{"Load/IsSeenByTheWritersOwnReader", loadCommitted},
	{"Load/BesideALiveTenant", loadBesideTenant},
	{"Load/AnswersEveryReadRightAfterPublish", loadThenReads},

	{"Text/EveryScriptComesBackAsItWas", textScripts},
	{"Text/KeysAreCaseSensitive", textCase},
	{"Text/TermKeysAreBytes", textBytes},
	{"Text/LooksLikeSQLAndIsNot", textHostile},
	{"Size/BigDocuments", bigDocuments},
	{"Size/TenThousandAtOnce", bigBatches},
}

// tenantCode is the tenant that most tests run in.
const tenantCode model.Tenant = "0136"

// patience is how long one test may take before it is held to hang. The tests
// take milliseconds; a machine under the race detector is slow.
const patience = 3 * time.Minute

// suite is what a test has at hand.
type suite struct {
	*testing.T
	ctx   context.Context
	db    graph.Database
	store graph.Store // of tenantCode; nil until the first use
	id    func() model.EntityID
	clock *testkit.Clock
}

func newSuite(t *testing.T, open func(testing.TB) graph.Database) *suite {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return &suite{T: t, ctx: ctx, db: open(t), id: testkit.IDs(1), clock: testkit.NewClock()}
}

// ready migrates and opens the usual tenant.
func (s *suite) ready() graph.Store {
	s.Helper()
	if s.store == nil {
		if _, err := s.db.Migrate(s.ctx); err != nil {
			s.Fatalf("migrate: %v", err)
		}
		s.store = s.tenant(tenantCode)
	}
	return s.store
}

func (s *suite) tenant(code model.Tenant) graph.Store {
	s.Helper()
	store, err := s.db.CreateTenant(s.ctx, code)
	if err != nil {
		s.Fatalf("create tenant %s: %v", code, err)
	}
	return store
}

// provenance is of a transaction now.
func (s *suite) provenance() graph.Provenance {
	return graph.Provenance{Actor: "graphtest", Reason: "conformance", At: s.clock.Advance(time.Second)}
}

// update commits a transaction that takes a revision.
func (s *suite) update(fn func(tx graph.Tx, r model.Revision) error) model.Revision {
	s.Helper()
	return s.updateIn(s.ready(), fn)
}

func (s *suite) updateIn(store graph.Store, fn func(tx graph.Tx, r model.Revision) error) model.Revision {
	s.Helper()
	var taken model.Revision
	got, err := store.Update(s.ctx, s.provenance(), func(tx graph.Tx) (err error) {
		if taken, err = tx.TakeRevision(s.ctx); err != nil {
			return err
		}
		return fn(tx, taken)
	})
	if err != nil {
		s.Fatalf("update: %v", err)
	}
	if got != taken || got == 0 {
		s.Fatalf("update committed as revision %d, but the transaction was told %d", got, taken)
	}
	return got
}

// touch commits a transaction that takes no revision.
func (s *suite) touch(fn func(tx graph.Tx) error) {
	s.Helper()
	if r, err := s.ready().Update(s.ctx, s.provenance(), fn); err != nil || r != 0 {
		s.Fatalf("a transaction that takes no revision: revision %d, error %v", r, err)
	}
}

// must ends the test on an error.
func must[T any](s *suite) func(v T, err error) T {
	return func(v T, err error) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

// all collects a sequence; an error ends the test.
func all[T any](s *suite, rows iter.Seq2[T, error]) []T {
	s.Helper()
	out, err := collect(rows)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// collect is the rows up to the first error. Nothing may come after an error.
func collect[T any](rows iter.Seq2[T, error]) (out []T, err error) {
	for row, rowErr := range rows {
		if err != nil {
			return out, errors.Join(err, errors.New("a sequence went on after its error"))
		}
		if rowErr != nil {
			err = rowErr
			continue
		}
		out = append(out, row)
	}
	return out, err
}

// equal compares; nil and empty are one.
func equal(s *suite, what string, got, want any) {
	s.Helper()
	if d := difference(got, want); d != "" {
		s.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func difference(got, want any) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(presentSeen{}))
}

// isError fails the test unless err is target.
func isError(s *suite, what string, err, target error) {
	s.Helper()
	if !errors.Is(err, target) {
		s.Errorf("%s: error %v, want %v", what, err, target)
	}
}
