//! The threads are never more than they are, their queue is bounded, and no one takes the turns of the others.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use futures_util::future::join_all;

use super::*;

const THREADS: usize = 2;
const QUEUE: usize = 3;

fn pool() -> HashPool {
    HashPool::start(&PasswordConfig {
        memory_kib: 64,
        iterations: 1,
        hashing_threads: Some(THREADS),
        hashing_queue: QUEUE,
        ..PasswordConfig::default()
    })
    .unwrap()
}

fn alice() -> WorkOf {
    WorkOf::person("alice".to_owned(), Some("home".to_owned()))
}

fn secret(text: &str) -> Password {
    Password::typed(text.to_owned().into()).unwrap()
}

#[tokio::test]
async fn a_password_matches_its_own_hash_only() {
    let pool = pool();
    let phc = pool.hash(&alice(), secret("correct horse")).await.unwrap();
    assert!(pool.verify(&alice(), secret("correct horse"), phc.clone()).await.unwrap().ok);
    assert!(!pool.verify(&alice(), secret("battery staple"), phc).await.unwrap().ok);
}

#[tokio::test]
async fn s80_nobody_has_any_password() {
    let pool = pool();
    let dummy = password::dummy_phc(&pool.params).unwrap();
    assert!(!pool.verify(&alice(), secret(" "), dummy.clone()).await.is_ok_and(|verified| verified.ok));
    assert!(!pool.verify(&alice(), secret("correct horse"), dummy).await.unwrap().ok);
}

/// With every thread held and the queue full, one more is turned away at once; when the threads are let go,
/// everything that was accepted is answered.
#[tokio::test]
async fn s100_overflow_is_answered_busy_and_never_waits() {
    let pool = pool();
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let hold = || {
        let (pool, started, released) = (pool.clone(), started.clone(), Arc::clone(&released));
        tokio::spawn(async move {
            pool.run("test", &alice(), 1, move |_| {
                started.send(()).unwrap();
                released.lock().unwrap().recv().unwrap();
            })
            .await
        })
    };
    let mut accepted: Vec<_> = (0..THREADS).map(|_| hold()).collect();
    tokio::task::yield_now().await;
    for _ in 0..THREADS {
        has_started.recv().unwrap();
    }
    accepted.extend((0..QUEUE).map(|_| hold()));
    tokio::task::yield_now().await;
    assert_eq!(pool.hash(&alice(), secret("x")).await, Err(HashPoolError::Busy));
    let WorkFigures { metrics, threads, waiting, limit } = pool.figures();
    assert_eq!((metrics.busy(), metrics.refused.get()), (THREADS, 1));
    assert_eq!((threads, waiting, limit), (THREADS, QUEUE, QUEUE));
    for _ in 0..THREADS + QUEUE {
        release.send(()).unwrap();
    }
    for outcome in join_all(accepted).await {
        assert_eq!(outcome.unwrap(), Ok(()));
    }
    assert!(pool.hash(&alice(), secret("x")).await.is_ok());
    assert_eq!(pool.figures().waiting, 0);
    assert!(metrics.waited.count() > 2 * THREADS as u64);
}

/// Another person finds room in a queue that is full of one account's work, and what makes way is told at once.
#[tokio::test]
async fn s100_a_full_queue_makes_way_for_somebody_else() {
    let pool = pool();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let hold = || {
        let (pool, released) = (pool.clone(), Arc::clone(&released));
        tokio::spawn(async move {
            pool.run("test", &alice(), 1, move |_| released.lock().unwrap().recv().unwrap_or(())).await
        })
    };
    let flood: Vec<_> = (0..50).map(|_| hold()).collect();
    tokio::task::yield_now().await;
    let bob = WorkOf::person("bob".to_owned(), Some("home".to_owned()));
    let served = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.hash(&bob, secret("x")).await })
    };
    tokio::task::yield_now().await;
    // The threads are held; once one of them is free, it is his turn.
    for _ in 0..THREADS {
        release.send(()).unwrap();
    }
    assert!(served.await.unwrap().is_ok());
    drop(release);
    let busy =
        join_all(flood).await.into_iter().filter(|outcome| matches!(outcome, Ok(Err(HashPoolError::Busy))));
    assert!(busy.count() >= 50 - 2 * THREADS - QUEUE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s100_never_more_at_work_than_threads() {
    let pool = pool();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let tries = (0..300).map(|_| {
        let (pool, now, most) = (pool.clone(), Arc::clone(&now), Arc::clone(&most));
        tokio::spawn(async move {
            pool.run("test", &alice(), 1, move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
            })
            .await
        })
    });
    let outcomes = join_all(tries).await;
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Ok(Ok(())))));
    assert!(most.load(Ordering::SeqCst) <= THREADS);
}

#[tokio::test]
async fn s115_a_panic_ends_one_job_and_no_thread() {
    let pool = pool();
    for _ in 0..3 * THREADS {
        let outcome = pool.run("test", &alice(), 1, |_| -> () { panic!("on purpose") }).await;
        assert_eq!(outcome, Err(HashPoolError::Failed));
    }
    assert!(pool.hash(&alice(), secret("x")).await.is_ok());
}
