// On a member's pages: keeps the crisis page on this device, so that it opens without a connection.
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
