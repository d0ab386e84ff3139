// Prints the page: the policy of this app allows no script inside a page.

document.getElementById("print").addEventListener("click", () => print());
